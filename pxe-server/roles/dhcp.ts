import { join } from 'node:path';
import type { Subnet } from '../dhcp/schema.ts';
import type { DhcpSocket } from '../dhcp/server.ts';
import { startDhcpThread } from '../dhcp/thread.ts';
import type { Ipv6 } from '../dhcp6/schema.ts';
import { serverIdentifier } from '../dhcp6/server-id.ts';
import { matchHost } from '../hosts/match.ts';
import type { ThreadIpv6 } from './dhcp6-thread.ts';
import type { BootTrace, Replica, ToDecider } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface DhcpSettings {
  state: string;
  httpPort: number;
  /** In the order of the dhcp-N and proxy-N sockets. */
  interfaces: { name: string; address: string; subnet: Subnet }[];
  /** Of the dhcp6-NAME and routers-NAME sockets. */
  ipv6: { name: string; ipv6: Ipv6 | undefined }[];
}

export interface DhcpThreadSettings {
  sockets: DhcpSocket[];
  subnets: Subnet[];
  /** Path of the log of leases. */
  leases: string;
  httpPort: number;
  ipv6: ThreadIpv6;
}

/** Addresses and boot file names; the leases are its own. */
async function start({
  settings,
  sockets,
  link,
  log,
}: RoleProcess<DhcpSettings>): Promise<() => Promise<void>> {
  let replica: Replica | undefined;
  const threadSettings: DhcpThreadSettings = {
    sockets: settings.interfaces.flatMap(({ name, address }, i) => [
      { fd: sockets[`dhcp-${i}`]!, interface: name, serverAddress: address },
      { fd: sockets[`proxy-${i}`]!, interface: name, serverAddress: address, port: 4011 },
    ]),
    subnets: settings.interfaces.map((i) => i.subnet),
    leases: join(settings.state, 'leases.log'),
    httpPort: settings.httpPort,
    ipv6: {
      serverId: await serverIdentifier(join(settings.state, 'server-duid')),
      leases: join(settings.state, 'leases6.log'),
      interfaces: settings.ipv6.map(({ name, ipv6 }) => ({
        ...{ name, ipv6 },
        ...{ dhcpFd: sockets[`dhcp6-${name}`], routersFd: sockets[`routers-${name}`] },
      })),
    },
  };
  const thread = await startDhcpThread(new URL('./dhcp-thread.ts', import.meta.url), threadSettings, {
    log,
    onEvent: (event) => {
      const match = replica && event.mac ? matchHost(replica.hosts, { mac: event.mac }) : undefined;
      const trace: BootTrace = {
        kind: event.kind === 'malformed' ? 'malformed' : event.kind === 'ack' ? 'lease' : 'dhcp',
        hostId: match?.kind === 'host' ? match.host.id : null,
        mac: event.mac ?? null,
        address: event.address ?? null,
        message: event.message,
      };
      link.notify('control', { type: 'trace', trace });
    },
  });
  link.onNotice((_from, body) => {
    const message = body as ToDecider;
    if (message.type !== 'replica') return;
    replica = message.replica;
    thread.notify(replica);
  });
  link.notify('control', { type: 'replica-wanted' });
  return () => thread.stop();
}

await runRole('dhcp', start);
