import { answerBoot } from '../boot/answer.ts';
import type { DhcpOptions } from '../dhcp/server.ts';
import type { Advertised } from '../dhcp6/advertisement.ts';
import { Advertiser } from '../dhcp6/advertiser.ts';
import type { Reservations6 } from '../dhcp6/leases/lease.ts';
import type { Ipv6 } from '../dhcp6/schema.ts';
import { Dhcp6Server } from '../dhcp6/server.ts';
import { interfaceFacts } from '../net/interfaces.ts';
import { parseCidr6 } from '../net/ipv6.ts';
import type { Reactor } from '../net/reactor.ts';
import type { Replica } from './messages.ts';

/** What the DHCP thread does by IPv6. */
export interface ThreadIpv6 {
  /** DUID. */
  serverId: Uint8Array;
  /** Path of the log of leases. */
  leases: string;
  interfaces: {
    name: string;
    ipv6: Ipv6 | undefined;
    dhcpFd: number | undefined;
    routersFd: number | undefined;
  }[];
}

type Context = Pick<DhcpOptions, 'onEvent' | 'log'> & {
  httpPort: number;
  replica(): Replica | undefined;
  reservations: Reservations6;
};

/** DHCPv6 and router advertisements, on the sockets that there are. @throws RackhandError leases-broken */
export function startIpv6(settings: ThreadIpv6, reactor: Reactor, context: Context): { close(): void } {
  const { httpPort, replica, reservations, onEvent, log } = context;
  const sockets = settings.interfaces.flatMap(({ name, ipv6, dhcpFd }) =>
    ipv6 && dhcpFd !== undefined ? [{ fd: dhcpFd, interface: name, ipv6 }] : [],
  );
  const services: { close(): void }[] = settings.interfaces.flatMap(({ name, ipv6, routersFd }) => {
    if (routersFd === undefined) return [];
    const { index, mac } = interfaceFacts(name);
    const about = { fd: routersFd, interface: name, index, mac: Buffer.from(mac.replaceAll(':', ''), 'hex') };
    return [new Advertiser({ ...about, advertised: advertised(ipv6) }, reactor, { onEvent })];
  });
  if (sockets.length > 0) {
    const options = {
      ...{ sockets, leases: settings.leases, serverId: Buffer.from(settings.serverId), onEvent, log },
      knowsHosts: () => replica() !== undefined,
      decideBoot: (ask: Parameters<typeof answerBoot>[2], address: string) => {
        const known = replica();
        return known ? answerBoot(known, { address, httpPort }, ask) : ({ kind: 'none' } as const);
      },
      reservations,
    };
    services.push(new Dhcp6Server(options, reactor));
  }
  return {
    close() {
      for (const service of services) service.close();
    },
  };
}

function advertised(ipv6: Ipv6 | undefined): Advertised {
  if (!ipv6) return { kind: 'nothing' };
  const { first, prefix } = parseCidr6(ipv6.prefix)!;
  return { kind: 'addresses', network: first, prefix, autonomous: ipv6.autonomous };
}
