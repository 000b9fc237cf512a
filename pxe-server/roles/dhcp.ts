import { join } from 'node:path';
import { answerBoot } from '../boot/answer.ts';
import type { Subnet } from '../dhcp/schema.ts';
import { startDhcp } from '../dhcp/server.ts';
import { matchHost } from '../hosts/match.ts';
import type { BootTrace, Replica, ToDecider } from './messages.ts';
import { type RoleProcess, runRole } from './role.ts';

export interface DhcpSettings {
  state: string;
  httpPort: number;
  /** In the order of the dhcp-N and proxy-N sockets. */
  interfaces: { name: string; address: string; subnet: Subnet }[];
}

/** Addresses and boot file names; the lease database is its own. */
async function start({
  settings,
  sockets,
  link,
  log,
}: RoleProcess<DhcpSettings>): Promise<() => Promise<void>> {
  let replica: Replica | undefined;
  let reserved = new Map<string, string>();
  let promised = new Map<string, string>();
  link.onNotice((_from, body) => {
    const message = body as ToDecider;
    if (message.type !== 'replica') return;
    replica = message.replica;
    reserved = new Map(
      replica.hosts.flatMap(({ macs, address }) =>
        address !== undefined && macs[0] !== undefined ? [[macs[0], address]] : [],
      ),
    );
    promised = new Map([...reserved].map(([mac, address]) => [address, mac]));
  });
  link.notify('control', { type: 'replica-wanted' });
  const server = await startDhcp({
    sockets: settings.interfaces.flatMap(({ name, address }, i) => [
      { fd: sockets[`dhcp-${i}`]!, interface: name, serverAddress: address },
      { fd: sockets[`proxy-${i}`]!, interface: name, serverAddress: address, port: 4011 },
    ]),
    subnets: settings.interfaces.map((i) => i.subnet),
    database: join(settings.state, 'leases.db'),
    knowsHosts: () => replica !== undefined,
    decideBoot: (request, address) =>
      replica ? answerBoot(replica, { address, httpPort: settings.httpPort }, request) : { kind: 'none' },
    reservedAddress: (mac) => reserved.get(mac),
    reservedFor: (address) => promised.get(address),
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
    log,
  });
  return () => server.stop();
}

await runRole('dhcp', start);
