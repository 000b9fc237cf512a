import { once } from 'node:events';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import { lineOf } from '../net/namespaces.ts';

export interface ToldEvents {
  readonly events: readonly DhcpEvent[];
  /** Waits until so many events fit, from the first on. */
  until(count: number, fits: (event: DhcpEvent) => boolean): Promise<DhcpEvent[]>;
}

/** The events that a server writes as lines of JSON; resolves when it has said that it is ready. */
export async function toldEvents(daemon: Daemon): Promise<ToldEvents> {
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
  };
}

/** Ends a server, and waits for all that it had to say. */
export async function lastWords(daemon: Daemon, how: () => unknown = () => daemon.stop()): Promise<void> {
  if (daemon.child.exitCode !== null || daemon.child.signalCode !== null) return;
  const closed = once(daemon.child, 'close');
  await how();
  await closed;
}
