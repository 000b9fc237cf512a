import { join } from 'node:path';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import { type Latency, latencyOf } from './percentiles.ts';
import { CLIENT, SERVER } from './plan.ts';

const PROGRAM = join(import.meta.dirname, 'latency-program.ts');

/**
 * Asks as `rate` new clients per second do for so many seconds, and takes the time of OFFERs and ACKs. It runs with
 * priority: what this program waits for the processor is not the server's time.
 */
export async function latencies(
  link: Link,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Latency> {
  const argv = [process.execPath, PROGRAM, CLIENT, SERVER, String(rate), String(seconds)];
  const { stdout } = await link.client.run(['nice', '-n', '-15', ...argv], {
    timeout: (seconds + 30) * 1000,
  });
  const { milliseconds, lost } = JSON.parse(stdout) as { milliseconds: number[]; lost: number };
  return latencyOf(milliseconds, lost);
}
