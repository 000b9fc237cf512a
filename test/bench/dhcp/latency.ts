import { join } from 'node:path';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import { CLIENT, SERVER } from './plan.ts';

export interface Answers {
  /** What each OFFER and each ACK took, milliseconds. */
  milliseconds: number[];
  /** Exchanges that did not end. */
  lost: number;
}

const PROGRAM = join(import.meta.dirname, 'latency-program.ts');

/**
 * Asks as `rate` new clients per second do for so many seconds. It runs with priority: what this program waits for
 * the processor is not the server's time.
 */
export async function askSteadily(
  link: Link,
  { rate, seconds, firstMac }: { rate: number; seconds: number; firstMac: number },
): Promise<Answers> {
  const argv = [process.execPath, PROGRAM, CLIENT, SERVER, String(rate), String(seconds), String(firstMac)];
  const { stdout } = await link.client.run(['nice', '-n', '-15', ...argv], {
    timeout: (seconds + 30) * 1000,
  });
  return JSON.parse(stdout) as Answers;
}
