import { join } from 'node:path';
import { type Link, lineOf } from '../pxe-server/net/namespaces.ts';

/** Longest time without an answer, milliseconds. */
export interface Outages {
  dhcp: number;
  tftp: number;
  http: number;
  agents: number;
}

export interface Watch {
  /** Since this was called last. */
  outages(): Promise<Outages>;
  stop(): Promise<void>;
}

/** Behind the router, beside the machines' own relay. */
const WATCHER = '10.66.0.2';

/** Asks every service four times a second. @param mac of a declared host */
export async function watchService(link: Link, mac: string): Promise<Watch> {
  const argv = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'watch-program.ts')];
  const program = link.client.start(
    [process.execPath, ...argv, WATCHER, link.serverAddress, mac],
    ['pipe', 'pipe', 'inherit'],
  );
  await lineOf(program, (line) => line === 'watching');
  return {
    async outages() {
      const told = lineOf(program, (line) => line.startsWith('{'));
      program.child.stdin!.write('\n');
      return JSON.parse(await told);
    },
    stop: () => program.stop(),
  };
}
