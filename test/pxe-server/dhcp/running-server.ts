import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import type { Tapped } from '../../../pxe-server/dhcp/tap.ts';
import { type Link, lineOf } from '../net/namespaces.ts';
import { lastWords } from './told-events.ts';

export interface LauncherOptions {
  device: string;
  address: string;
  /** Where the lease database is. */
  folder: string;
  range: { from: string; to: string };
  /** MAC → address. */
  reserved?: Record<string, string>;
  /** Look at addresses and for other servers, as the service does. */
  watch?: boolean;
  /** Tell of the packets of machines that boot. */
  tap?: boolean;
  /** A network behind a router, besides that of the link. */
  relayed?: { cidr: string; from: string; to: string };
  /** Puts a file system of this size on the folder ("1m"). */
  diskSize?: string;
}

/** The DHCP server in the server's namespace of a link. */
export interface RunningServer {
  daemon: Daemon;
  events: DhcpEvent[];
  tapped: Tapped[];
  /** The next event that fits. */
  event(fits: (event: DhcpEvent) => boolean): Promise<DhcpEvent>;
  disk(wish: 'fill the disk' | 'empty the disk'): Promise<void>;
  /** Ends it at once, as a power failure would. */
  crash(): Promise<void>;
  /** Resolves when all of its events are there. */
  stop(): Promise<void>;
}

export async function startServer(
  link: Link,
  options: Omit<LauncherOptions, 'device' | 'address'>,
): Promise<RunningServer> {
  const settings: LauncherOptions = { device: link.serverDevice, address: link.serverAddress, ...options };
  const program = join(import.meta.dirname, 'dhcp-launcher.ts');
  const argv = [process.execPath, program, JSON.stringify(settings)];
  const daemon = link.server.start(argv, ['ignore', 'pipe', 'inherit', 'ipc']);
  const events: DhcpEvent[] = [];
  const tapped: Tapped[] = [];
  void lineOf(daemon, (line) => {
    if (line.startsWith('{')) events.push(JSON.parse(line) as DhcpEvent);
    if (line.startsWith('[')) tapped.push(...(JSON.parse(line) as Tapped[]));
    return false;
  }).catch(() => undefined);
  await lineOf(daemon, (line) => line === 'ready');
  return {
    daemon,
    events,
    tapped,
    event: async (fits) =>
      JSON.parse(await lineOf(daemon, (line) => line.startsWith('{') && fits(JSON.parse(line) as DhcpEvent))),
    async disk(wish) {
      const done = lineOf(daemon, (line) => line === `done: ${wish}`);
      daemon.child.send(wish);
      await done;
    },
    async crash() {
      daemon.child.kill('SIGKILL');
      await daemon.exited;
    },
    stop: () => lastWords(daemon),
  };
}
