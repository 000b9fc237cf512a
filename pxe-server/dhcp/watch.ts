import { inNetwork, ipv4Number } from '../net/ipv4.ts';
import type { Guard } from '../net/listen.ts';
import type { Reactor } from '../net/reactor.ts';
import type { DhcpPacket } from './codec.ts';
import type { SubnetState } from './exchange.ts';
import { Mark } from './foreign/question.ts';
import { searchServers } from './foreign/search.ts';
import { arpMedium, echoMedium } from './probing/media.ts';
import { type Medium, Prober, type ProberOptions } from './probing/prober.ts';
import type { DhcpSocket } from './server.ts';
import { onLinkOf } from './subnets.ts';
import type { Tap } from './tap.ts';

export interface WatchOptions extends Omit<ProberOptions, 'medium' | 'pools'> {
  sockets: readonly DhcpSocket[];
  echoFd: number | undefined;
  subnets: readonly SubnetState[];
  /** Our addresses. */
  own: readonly number[];
  guard: Guard;
  /** What is overheard of machines that boot. */
  tap: Tap | undefined;
}

export interface Watch {
  /** Whether a message is what we ask other servers; we do not answer ourselves. */
  isOwnQuestion(packet: DhcpPacket): boolean;
  stop(): void;
}

/** What is done besides answering: addresses are looked at before they are given, and other servers are looked for. */
export function watchLinks(options: WatchOptions, reactor: Reactor): Watch {
  const { sockets, subnets, echoFd, tell, guard, tap, now } = options;
  const overheard = tap && { tap, now };
  const mark = new Mark();
  const own = new Set(options.own);
  const ends: (() => void)[] = [];
  const linked = new Set<SubnetState>();
  const probe = (medium: Medium | undefined, probed: readonly SubnetState[]) => {
    const pools = probed.filter(({ probe, proxy }) => probe && !proxy).map(({ pool }) => pool);
    if (!medium || pools.length === 0) return;
    const prober = new Prober({ ...options, medium, pools }, reactor);
    ends.push(() => prober.stop());
  };
  for (const { arpFd, answersFd, serverAddress } of sockets) {
    const address = ipv4Number(serverAddress);
    const interfaces = subnets.find(({ pool }) => inNetwork(pool.network, address));
    const onLink = interfaces ? onLinkOf(interfaces, subnets) : [];
    for (const subnet of onLink) linked.add(subnet);
    if (arpFd !== undefined) probe(arpMedium(arpFd, reactor, guard, overheard), onLink);
    const addresses = interfaces?.proxy ? 'theirs' : 'ours';
    if (answersFd !== undefined)
      ends.push(searchServers({ fd: answersFd, mark, own, addresses, tell, guard, overheard }, reactor));
  }
  const behindRelays = subnets.filter((subnet) => !linked.has(subnet));
  if (echoFd !== undefined && behindRelays.length > 0)
    probe(echoMedium(echoFd, reactor, guard), behindRelays);
  return {
    isOwnQuestion: (packet) => mark.isOn(packet),
    stop() {
      for (const end of ends) end();
    },
  };
}
