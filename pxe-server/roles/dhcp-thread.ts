import { answerBoot } from '../boot/answer.ts';
import { runDhcpThread } from '../dhcp/thread.ts';
import { parseIpv4 } from '../net/ipv4.ts';
import type { DhcpThreadSettings } from './dhcp.ts';
import { startIpv6 } from './dhcp6-thread.ts';
import type { Replica } from './messages.ts';

/** Decides by the replica of the hosts that the role hands on. */
runDhcpThread(({ sockets, subnets, leases, httpPort, ipv6 }: DhcpThreadSettings) => {
  let replica: Replica | undefined;
  let reserved = new Map<string, number>();
  let promised = new Map<number, string>();
  return {
    told(message) {
      replica = message as Replica;
      reserved = new Map(
        replica.hosts.flatMap(({ macs, address }) => {
          const number = address === undefined ? undefined : parseIpv4(address);
          return number !== undefined && macs[0] !== undefined ? [[macs[0], number]] : [];
        }),
      );
      promised = new Map([...reserved].map(([mac, address]) => [address, mac]));
    },
    beside: (reactor, report) => startIpv6(ipv6, reactor, { ...report, httpPort, replica: () => replica }),
    options: {
      sockets,
      subnets,
      leases,
      knowsHosts: () => replica !== undefined,
      decideBoot: (request, address) =>
        replica ? answerBoot(replica, { address, httpPort }, request) : { kind: 'none' },
      reservations: {
        addressOf: (client) => reserved.get(client),
        clientOf: (address) => promised.get(address),
      },
    },
  };
});
