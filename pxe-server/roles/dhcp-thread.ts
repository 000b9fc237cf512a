import { answerBoot } from '../boot/answer.ts';
import { Chainloads } from '../boot/chainloads.ts';
import { KnownHosts } from '../dhcp/known-hosts.ts';
import { reservationsOf } from '../dhcp/reservations.ts';
import { runDhcpThread } from '../dhcp/thread.ts';
import type { DhcpThreadSettings } from './dhcp.ts';
import { startIpv6 } from './dhcp6-thread.ts';
import type { Replica } from './messages.ts';

/** Decides by the replica of the hosts that the role hands on. */
runDhcpThread(({ httpPort, ipv6, ...settings }: DhcpThreadSettings) => {
  let replica: Replica | undefined;
  const chainloads = new Chainloads();
  let reservations = reservationsOf([]);
  let known = new KnownHosts([]);
  return {
    told(message) {
      replica = message as Replica;
      reservations = reservationsOf(replica.hosts);
      known = new KnownHosts(replica.hosts);
    },
    beside: (reactor, report) => startIpv6(ipv6, reactor, { ...report, httpPort, replica: () => replica }),
    options: {
      ...settings,
      knowsHosts: () => replica !== undefined,
      decideBoot: (request, address) => {
        if (!replica) return { kind: 'none' };
        const known = replica;
        return chainloads.answer(request, (asked) => answerBoot(known, { address, httpPort }, asked));
      },
      isKnown: (request) => known.has(request),
      onBootFile: (request, boot) => chainloads.given(request, boot),
      reservations: {
        addressOf: (client) => reservations.addressOf(client),
        clientOf: (address) => reservations.clientOf(address),
      },
    },
  };
});
