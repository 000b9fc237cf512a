import { join } from 'node:path';
import type { DhcpEvent } from '../dhcp/reports.ts';
import type { Subnet } from '../dhcp/schema.ts';
import type { DhcpSocket } from '../dhcp/server.ts';
import { startDhcpThread } from '../dhcp/thread.ts';
import { matchHost } from '../hosts/match.ts';
import { interfaceAddresses } from '../net/addresses.ts';
import { parseIpv4 } from '../net/ipv4.ts';
import type { BootTrace, Replica, ToDecider } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface DhcpSettings {
  state: string;
  httpPort: number;
  /** In the order of the dhcp-N and proxy-N sockets. */
  interfaces: { name: string; address: string; subnet: Subnet }[];
}

export interface DhcpThreadSettings {
  sockets: DhcpSocket[];
  subnets: Subnet[];
  /** Path of the log of leases. */
  leases: string;
  httpPort: number;
  echoFd: number | undefined;
  ownAddresses: string[];
}

const TRACES: Partial<Record<DhcpEvent['kind'], BootTrace['kind']>> = {
  ack: 'lease',
  malformed: 'malformed',
  limited: 'warning',
  conflict: 'conflict',
  'foreign-server': 'foreign-server',
};

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
      {
        ...{ fd: sockets[`dhcp-${i}`]!, interface: name, serverAddress: address },
        ...{ arpFd: sockets[`arp-${i}`], answersFd: sockets[`answers-${i}`] },
      },
      { fd: sockets[`proxy-${i}`]!, interface: name, serverAddress: address, port: 4011 },
    ]),
    subnets: settings.interfaces.map((i) => i.subnet),
    leases: join(settings.state, 'leases.log'),
    httpPort: settings.httpPort,
    echoFd: sockets.echo,
    ownAddresses: interfaceAddresses()
      .map(({ address }) => address)
      .filter((address) => parseIpv4(address) !== undefined),
  };
  const thread = await startDhcpThread(new URL('./dhcp-thread.ts', import.meta.url), threadSettings, {
    log,
    onEvent: (event) => {
      const match = replica && event.mac ? matchHost(replica.hosts, { mac: event.mac }) : undefined;
      const trace: BootTrace = {
        kind: TRACES[event.kind] ?? 'dhcp',
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
