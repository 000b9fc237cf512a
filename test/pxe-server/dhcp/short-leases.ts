import { once } from 'node:events';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import type { LauncherOptions } from '../../bench/dhcp/launcher.ts';
import { lineOf, type Namespace } from '../net/namespaces.ts';

export interface TellingServer {
  readonly pid: number;
  readonly events: readonly DhcpEvent[];
  /** Waits until so many events fit, from the first on. */
  until(count: number, fits: (event: DhcpEvent) => boolean): Promise<DhcpEvent[]>;
  stop(): Promise<void>;
}

/** The server with whatever subnets and lease time, on one device of a namespace. */
export async function startTelling(where: Namespace, options: LauncherOptions): Promise<TellingServer> {
  const program = join(import.meta.dirname, '../../bench/dhcp/launcher.ts');
  const settings = JSON.stringify({ ...options, tell: true });
  // A limit to the size of files stands for a disk that fails; its signal would end the process (setrlimit(2)).
  const argv = ['env', '--ignore-signal=XFSZ', process.execPath, program, settings];
  const daemon: Daemon = where.start(argv);
  const events: DhcpEvent[] = [];
  let heard: () => void = () => undefined;
  void lineOf(daemon, (line) => {
    if (line.startsWith('{')) events.push(JSON.parse(line) as DhcpEvent);
    heard();
    return false;
  }).catch(() => undefined);
  await lineOf(daemon, (line) => line === 'ready');
  return {
    pid: daemon.pid!,
    events,
    async until(count, fits) {
      for (;;) {
        const fitting = events.filter(fits);
        if (fitting.length >= count) return fitting;
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    async stop() {
      const lastWords = once(daemon.child, 'close');
      await daemon.stop();
      await lastWords;
    },
  };
}
