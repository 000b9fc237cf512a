import { join } from 'node:path';
import type { z } from 'zod';
import type { Ipv6 } from '../../../pxe-server/dhcp6/schema.ts';
import { lastWords, type ToldEvents, toldEvents } from '../dhcp/told-events.ts';
import type { Namespace } from '../net/namespaces.ts';

export interface LauncherOptions6 {
  /** Where leases and identifier are. */
  folder: string;
  /** Without ipv6: one that serves IPv4 alone. */
  interfaces: { device: string; ipv6?: z.input<typeof Ipv6> }[];
}

export interface RunningServer6 extends ToldEvents {
  /** Ends it at once, as a power failure would. */
  crash(): Promise<void>;
  /** Resolves when all of its events are there. */
  stop(): Promise<void>;
}

/** DHCPv6 and router advertisements in a namespace. */
export async function startServer6(where: Namespace, options: LauncherOptions6): Promise<RunningServer6> {
  const program = join(import.meta.dirname, 'launcher.ts');
  const daemon = where.start([process.execPath, program, JSON.stringify(options)]);
  return {
    ...(await toldEvents(daemon)),
    crash: () => lastWords(daemon, () => daemon.child.kill('SIGKILL')),
    stop: () => lastWords(daemon),
  };
}
