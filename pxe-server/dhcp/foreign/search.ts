import { readDatagram } from '../../net/datagram.ts';
import { ipv4Text } from '../../net/ipv4.ts';
import { type Guard, listen } from '../../net/listen.ts';
import { BROADCAST_MAC, type HeardPacket, PacketSocket } from '../../net/packet-socket.ts';
import type { Reactor } from '../../net/reactor.ts';
import { ethernetAddress } from '../classify.ts';
import { decode } from '../codec.ts';
import type { DhcpEvent } from '../reports.ts';
import type { Overheard } from '../tap.ts';
import { complaint, foreignAnswer } from './answers.ts';
import { KnownServers } from './known-servers.ts';
import { ARCHITECTURES, type Mark } from './question.ts';

/** From one round to the next; the first is a moment after the start, and its questions some seconds apart. */
const ROUND = 10 * 60_000;
const FIRST = 1000;
const APART = 4000;

export interface SearchOptions {
  /** Packet socket for answers, on one interface. */
  fd: number;
  mark: Mark;
  /** Our addresses. */
  own: ReadonlySet<number>;
  /** Who is meant to give addresses on this link. */
  addresses: 'ours' | 'theirs';
  tell(event: DhcpEvent): void;
  guard: Guard;
  overheard?: Overheard | undefined;
}

/**
 * Looks for other DHCP servers on a link: asks as a machine would, and listens to what is answered to anybody.
 * @returns what ends it
 */
export function searchServers(options: SearchOptions, reactor: Reactor): () => void {
  const socket = new PacketSocket(options.fd, 'dhcp-answers');
  const known = new KnownServers();
  const ends: (() => void)[] = [];
  const ask = (architecture: (typeof ARCHITECTURES)[number]) => {
    const mac = socket.mac();
    if (mac) socket.send(options.mark.question(mac, architecture), BROADCAST_MAC);
  };
  const round = () => {
    known.round();
    ARCHITECTURES.forEach((architecture, i) => {
      ends[i] = reactor.after(FIRST + i * APART, () => ask(architecture));
    });
  };
  const take = ({ bytes, from }: HeardPacket) => {
    const told = heard(bytes, from, options);
    if (told && known.heard(`${told.address} ${from}`, told.faults, performance.now()))
      options.tell({ kind: 'foreign-server', mac: from, address: told.address, message: told.message });
  };
  const quiet = listen(reactor, socket, take, options.guard);
  round();
  const stop = reactor.every(ROUND, round);
  return () => {
    for (const end of [quiet, stop, ...ends]) end();
  };
}

function heard(
  bytes: Buffer,
  mac: string,
  { own, addresses, overheard }: SearchOptions,
): { address: string; message: string; faults: number } | undefined {
  const datagram = readDatagram(bytes);
  const packet = datagram && decode(datagram.payload);
  if (!packet || 'malformed' in packet) return undefined;
  const answer = foreignAnswer(packet, datagram, own);
  const machine = answer && ethernetAddress(packet);
  if (machine !== undefined) overheard?.tap.overhear('answer', machine, bytes, overheard.now(), mac);
  const message = answer && complaint(answer, mac, addresses);
  if (!message) return undefined;
  const faults = (answer.address !== 0 ? 1 : 0) | (answer.refuses ? 2 : 0) | (answer.boots ? 4 : 0);
  return { address: ipv4Text(answer.server), message, faults };
}
