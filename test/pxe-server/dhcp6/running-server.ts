import { once } from 'node:events';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import type { Ipv6 } from '../../../pxe-server/dhcp6/schema.ts';
import { lineOf, type Namespace } from '../net/namespaces.ts';

export interface LauncherOptions6 {
  /** Where leases and identifier are. */
  folder: string;
  /** Without ipv6: one that serves IPv4 alone. */
  interfaces: { device: string; ipv6?: z.input<typeof Ipv6> }[];
}

export interface RunningServer6 {
  readonly events: readonly DhcpEvent[];
  /** Waits until so many events fit, from the first on. */
  until(count: number, fits: (event: DhcpEvent) => boolean): Promise<DhcpEvent[]>;
  /** Ends it at once, as a power failure would. */
  crash(): Promise<void>;
  /** Resolves when all of its events are there. */
  stop(): Promise<void>;
}

/** DHCPv6 and router advertisements in a namespace. */
export async function startServer6(where: Namespace, options: LauncherOptions6): Promise<RunningServer6> {
  const program = join(import.meta.dirname, 'launcher.ts');
  const daemon: Daemon = where.start([process.execPath, program, JSON.stringify(options)]);
  const events: DhcpEvent[] = [];
  let heard: () => void = () => undefined;
  void lineOf(daemon, (line) => {
    if (line.startsWith('{')) events.push(JSON.parse(line) as DhcpEvent);
    heard();
    return false;
  }).catch(() => undefined);
  await lineOf(daemon, (line) => line === 'ready');
  const end = async (how: () => unknown) => {
    if (daemon.child.exitCode !== null || daemon.child.signalCode !== null) return;
    const lastWords = once(daemon.child, 'close');
    await how();
    await lastWords;
  };
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
    crash: () => end(() => daemon.child.kill('SIGKILL')),
    stop: () => end(() => daemon.stop()),
  };
}
