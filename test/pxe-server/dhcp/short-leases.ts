import { once } from 'node:events';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import type { LauncherOptions } from '../../bench/dhcp/launcher.ts';
import { lineOf, type Namespace } from '../net/namespaces.ts';

export interface TellingServer {
  readonly events: readonly DhcpEvent[];
  /** Waits until so many events fit, from the first on. */
  until(count: number, fits: (event: DhcpEvent) => boolean): Promise<DhcpEvent[]>;
  stop(): Promise<void>;
}

/** The server with whatever subnets and lease time, on one device of a namespace. */
export async function startTelling(where: Namespace, options: LauncherOptions): Promise<TellingServer> {
  const program = join(import.meta.dirname, '../../bench/dhcp/launcher.ts');
  const daemon: Daemon = where.start([process.execPath, program, JSON.stringify({ ...options, tell: true })]);
  const events: DhcpEvent[] = [];
  let heard: () => void = () => undefined;
  void lineOf(daemon, (line) => {
    if (line.startsWith('{')) events.push(JSON.parse(line) as DhcpEvent);
    heard();
    return false;
  }).catch(() => undefined);
  await lineOf(daemon, (line) => line === 'ready');
  return {
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
