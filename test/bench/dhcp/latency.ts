import { join } from 'node:path';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import { CLIENT, SERVER } from './plan.ts';

export interface Answers {
  /** What each OFFER and each ACK took, milliseconds. */
  milliseconds: number[];
  /** Exchanges that did not end. */
  lost: number;
  /** What a plain fdatasync(2) took meanwhile, milliseconds. */
  syncs: number[];
}

const PROGRAM = join(import.meta.dirname, 'latency-program.ts');
const DISK_PROGRAM = join(import.meta.dirname, 'disk-program.ts');

/**
 * Asks as `rate` new clients per second do for so many seconds. It runs with priority: what this program waits for
 * the processor is not the server's time.
 * @param file where the disk is measured meanwhile
 */
export async function askSteadily(
  link: Link,
  { rate, seconds, firstMac, file }: { rate: number; seconds: number; firstMac: number; file: string },
): Promise<Answers> {
  const argv = [process.execPath, PROGRAM, CLIENT, SERVER, String(rate), String(seconds), String(firstMac)];
  const run = async (program: string[]) => {
    const { stdout } = await link.client.run(['nice', '-n', '-15', ...program], {
      timeout: (seconds + 30) * 1000,
    });
    return JSON.parse(stdout) as unknown;
  };
  const [answers, syncs] = await Promise.all([
    run(argv) as Promise<Omit<Answers, 'syncs'>>,
    run([process.execPath, DISK_PROGRAM, file, String(seconds)]) as Promise<number[]>,
  ]);
  return { ...answers, syncs };
}
