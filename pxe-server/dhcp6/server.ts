import type { BootAnswer, BootAsk } from '../dhcp/classify.ts';
import { LeaseLog } from '../dhcp/leases/log.ts';
import type { DhcpEvent, DhcpLog } from '../dhcp/reports.ts';
import { inNetwork6, ipv6Number, ipv6Text, isLinkLocal, isMulticast, parseCidr6 } from '../net/ipv6.ts';
import { type Came6, Ipv6Socket } from '../net/ipv6-socket.ts';
import type { Reactor } from '../net/reactor.ts';
import { type Client6, classify6 } from './classify.ts';
import { decode6, encode6, type Packet6, replyRelays } from './codec.ts';
import { answer6, type Exchange6, type Outcome6, type SubnetState6 } from './exchange.ts';
import type { Lease6, Reservations6 } from './leases/lease.ts';
import { lease6Record } from './leases/record.ts';
import { LeaseTable6 } from './leases/table.ts';
import { Reports6 } from './reports.ts';
import type { Ipv6 } from './schema.ts';

export interface Dhcp6Socket {
  /** Port 547 of all addresses, bound to one interface, in the groups of servers. */
  fd: number;
  interface: string;
  ipv6: Ipv6;
}

export interface Dhcp6Options {
  sockets: Dhcp6Socket[];
  /** Path of the log of leases. */
  leases: string;
  /** DUID of this server. */
  serverId: Buffer;
  /** False until the hosts are known; nothing is answered before. */
  knowsHosts(): boolean;
  decideBoot(ask: BootAsk, serverAddress: string): BootAnswer;
  /** Who was promised an address. */
  reservations: Reservations6;
  onEvent(event: DhcpEvent): void;
  log: DhcpLog;
  now?: () => number;
}

/** A socket with what is asked on it. */
interface Desk {
  socket: Ipv6Socket;
  address: string;
  subnet: SubnetState6;
}

/** Where an answer goes, and through whom: a copy, since the datagram's memory is used again. */
interface Back {
  desk: Desk;
  packet: Packet6;
  address: bigint;
  port: number;
  zone: number;
  from: bigint | undefined;
}

/** An outcome whose leases are being written. */
interface Pending {
  back: Back;
  client: Client6;
  outcome: Outcome6;
  now: number;
}

const CLIENT_PORT = 546;
const SERVER_PORT = 547;

/**
 * DHCPv6 (RFC 8415, 5970, 6939) on inherited sockets, on the thread of a reactor: what comes in a turn is decided, its
 * leases are written by one commit, and the answers leave after it. No packet ends the service for the others.
 */
export class Dhcp6Server {
  readonly #options: Dhcp6Options;
  readonly #reactor: Reactor;
  readonly #desks: Desk[];
  readonly #leases: LeaseTable6;
  readonly #log: LeaseLog<Lease6>;
  readonly #reports: Reports6;
  readonly #now: () => number;
  #pending: Pending[] = [];

  /** @throws RackhandError leases-broken */
  constructor(options: Dhcp6Options, reactor: Reactor) {
    this.#options = options;
    this.#reactor = reactor;
    this.#now = options.now ?? Date.now;
    this.#reports = new Reports6(options.onEvent, options.log, (ms, run) => reactor.after(ms, run));
    const states = options.sockets.map(({ ipv6 }) => subnetState6(ipv6));
    this.#leases = new LeaseTable6(states.map(({ pool }) => pool.network));
    this.#log = new LeaseLog<Lease6>(options.leases, (lease) => this.#leases.load(lease), lease6Record);
    this.#desks = options.sockets.map((settings, i) => this.#open(settings, states[i]!));
    reactor.atTurnEnd(() => this.#finishTurn());
  }

  /** Answers what waits, then lets go of log and sockets; the descriptors stay open. */
  close(): void {
    this.#finishTurn();
    for (const { fd } of this.#options.sockets) this.#reactor.unwatch(fd);
    this.#reports.stop();
    for (const { socket } of this.#desks) socket.close();
    this.#log.close();
  }

  #open({ fd, ipv6 }: Dhcp6Socket, subnet: SubnetState6): Desk {
    const socket = new Ipv6Socket(fd, (errno, { address }) => this.#reports.notSent(errno, address));
    const desk = { socket, address: ipv6.address, subnet };
    this.#reactor.watch(fd, () =>
      socket.receive((came) => this.#guard(came.bytes, () => this.#receive(desk, came))),
    );
    return desk;
  }

  /** Packet → exchange → outcome, which waits for the disk if it changes a lease. */
  #receive(desk: Desk, came: Came6): void {
    // The answer may wait for the disk, and echoes parts of what came.
    const packet = decode6(Buffer.from(came.bytes));
    if ('malformed' in packet) {
      this.#reports.malformed(packet.malformed, came.address);
      return;
    }
    if (packet.direction !== 'to-server' || !this.#options.knowsHosts()) return;
    const found = this.#client(desk, packet, came);
    if ('why' in found) {
      this.#reports.ignored(found.why);
      return;
    }
    const exchange = this.#exchange(desk, packet, { ...found, to: came.to });
    const outcome = answer6(exchange);
    const { client, now } = exchange;
    const pending = { back: backOf(desk, packet, came), client, outcome, now };
    if (!('save' in outcome) || outcome.save.length === 0) {
      this.#finish(pending);
      return;
    }
    for (const lease of outcome.save) this.#log.add(lease);
    this.#pending.push(pending);
  }

  /** Who asks, and in which network; or why there is no answer. */
  #client(
    desk: Desk,
    packet: Packet6,
    { address }: Came6,
  ): { client: Client6; subnet: SubnetState6 } | { why: string } {
    if (packet.relays.length === 0 && !isLinkLocal(address))
      return { why: `a client that asks from ${ipv6Text(address)}, which is of no link` };
    const client = classify6(packet, address);
    // RFC 8415 16.12: one that wants information alone need not say who it is; here everybody has to.
    if (!client) return { why: 'no usable client identifier' };
    const subnet = this.#subnetOf(desk, packet);
    return subnet ? { client, subnet } : { why: 'relay of an unknown network' };
  }

  /** The link that the relay nearest to the client names (RFC 8415 13.1), else the interface's own. */
  #subnetOf(desk: Desk, { relays }: Packet6): SubnetState6 | undefined {
    const link = [...relays].reverse().find((relay) => relay.link !== 0n)?.link;
    if (link === undefined || isLinkLocal(link)) return desk.subnet;
    return this.#desks.find(({ subnet }) => inNetwork6(subnet.pool.network, link))?.subnet;
  }

  #exchange(
    desk: Desk,
    packet: Packet6,
    { client, subnet, to }: { client: Client6; subnet: SubnetState6; to: bigint },
  ): Exchange6 {
    const { reservations, serverId } = this.#options;
    return {
      ...{ packet, client, subnet, reservations, serverId },
      unicast: packet.relays.length === 0 && to !== 0n && !isMulticast(to),
      leases: this.#leases,
      boot: this.#options.decideBoot(client.boot, desk.address),
      now: this.#now(),
    };
  }

  #finishTurn(): void {
    if (this.#log.waits) this.#commit();
    if (this.#log.tidy(this.#leases)) this.#reactor.after(0, () => undefined);
  }

  #commit(): void {
    const pending = this.#pending;
    this.#pending = [];
    const failure = this.#write();
    for (const one of pending) {
      if (failure) this.#reports.notWritten(one.client, failure, one.now);
      else this.#guard(Buffer.alloc(0), () => this.#finish(one));
    }
  }

  #write(): Error | undefined {
    try {
      this.#log.commit(this.#leases);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #finish({ back, client, outcome, now }: Pending): void {
    if (outcome.kind === 'ack' && !outcome.save.every((lease) => this.#leases.bind(lease))) return;
    if ('reply' in outcome) {
      const { desk, packet, ...target } = back;
      const relays = replyRelays(packet.relays);
      desk.socket.send(encode6({ direction: 'to-client', relays, message: outcome.reply }), target);
    }
    this.#reports.outcome(client, outcome, now);
  }

  #guard(bytes: Buffer, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#reports.notHandled(error, bytes);
    }
  }
}

/** To the client's port, or to the relay's (RFC 8415 section 19.3), from the address that was asked. */
function backOf(desk: Desk, packet: Packet6, { address, zone, to }: Came6): Back {
  const port = packet.relays.length === 0 ? CLIENT_PORT : SERVER_PORT;
  const from = to !== 0n && !isMulticast(to) && !isLinkLocal(to) ? to : undefined;
  return { desk, packet, address, port, zone: isLinkLocal(address) ? zone : 0, from };
}

function subnetState6({ address, prefix, range, dns, domain, ntp, leaseSeconds }: Ipv6): SubnetState6 {
  return {
    pool: {
      network: parseCidr6(prefix)!,
      range: { from: ipv6Number(range.from), to: ipv6Number(range.to) },
      excluded: new Set([ipv6Number(address), ...dns.map(ipv6Number)]),
    },
    facts: { dns: dns.map(ipv6Number), domain, ntp: ntp.map(ipv6Number), leaseSeconds },
  };
}
