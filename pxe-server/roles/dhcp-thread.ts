import { answerBoot } from '../boot/answer.ts';
import { Chainloads } from '../boot/chainloads.ts';
import { isKnown } from '../dhcp/known-hosts.ts';
import { reservations, reservedIpv4 } from '../dhcp/reservations.ts';
import { runDhcpThread } from '../dhcp/thread.ts';
import { reservedIpv6 } from '../dhcp6/reservations.ts';
import type { DhcpThreadSettings } from './dhcp.ts';
import { startIpv6 } from './dhcp6-thread.ts';
import { HeldReplica } from './held-replica.ts';
import type { ReplicaWord } from './messages.ts';

/** Decides by the replica of the hosts that the role hands on. */
runDhcpThread(({ httpPort, ipv6, ...settings }: DhcpThreadSettings) => {
  const reserved = reservedIpv4();
  const reserved6 = reservedIpv6();
  const held = new HeldReplica([reserved, reserved6]);
  const replica = () => held.now();
  const chainloads = new Chainloads();
  return {
    told: (word) => held.take(word as ReplicaWord),
    beside: (reactor, report) =>
      startIpv6(ipv6, reactor, { ...report, httpPort, replica, reservations: reserved6 }),
    options: {
      ...settings,
      knowsHosts: () => replica() !== undefined,
      decideBoot: (request, address) => {
        const known = replica();
        if (!known) return { kind: 'none' };
        return chainloads.answer(request, (asked) => answerBoot(known, { address, httpPort }, asked));
      },
      isKnown: (request) => isKnown(replica()?.hosts, request),
      onBootFile: (request, boot) => chainloads.given(request, boot),
      reservations: reservations(reserved),
    },
  };
});
