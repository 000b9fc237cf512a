import { BatchSocket, type Came } from '../net/batch-socket.ts';
import { inNetwork, ipv4Number, ipv4Text } from '../net/ipv4.ts';
import type { Reactor } from '../net/reactor.ts';
import { type BootAnswer, type BootRequest, classify } from './classify.ts';
import { type DhcpPacket, decode, encodeInto } from './codec.ts';
import { answer, answerProxy, type Exchange, type Outcome, type SubnetState } from './exchange.ts';
import { LeaseDesk } from './leases/desk.ts';
import type { Reservations } from './leases/lease.ts';
import { LeaseLog } from './leases/log.ts';
import type { LeaseQuestion } from './leases/questions.ts';
import { LeaseTable } from './leases/table.ts';
import { Option } from './options.ts';
import { withQuirks } from './quirks.ts';
import { type Destination, destination } from './reply.ts';
import { type DhcpEvent, type DhcpLog, Reports } from './reports.ts';
import type { Subnet } from './schema.ts';
import { subnetOf, subnetStates } from './subnets.ts';

export interface DhcpSocket {
  /** Bound to one interface. */
  fd: number;
  interface: string;
  serverAddress: string;
  /** 67 unless said; 4011 answers with boot files alone. */
  port?: 67 | 4011;
}

export interface DhcpOptions {
  sockets: DhcpSocket[];
  subnets: Subnet[];
  /** Path of the log of leases. */
  leases: string;
  /**
   * False until the hosts are known. Nothing is answered before: firmware takes the first answer, and one
   * without boot file or with another address than the reserved one would spoil its boot. It asks again.
   */
  knowsHosts(): boolean;
  decideBoot(request: BootRequest, serverAddress: string): BootAnswer;
  /** An answer with this boot file has left, and an address with it; an offer does not count. */
  onBootFile?(request: BootRequest, boot: BootAnswer): void;
  /** Who was promised an address. */
  reservations: Reservations;
  onEvent(event: DhcpEvent): void;
  log: DhcpLog;
  now?: () => number;
}

/** A socket with what is asked on it. */
interface Desk {
  socket: BatchSocket;
  serverAddress: number;
  serverText: string;
  proxy: boolean;
}

/** An outcome whose leases are being written. */
interface Pending {
  desk: Desk;
  exchange: Exchange;
  outcome: Outcome;
  from: Came;
}

/**
 * DHCP for IPv4 (RFC 2131, 2132, 3046, 4578, 6842) on inherited sockets. A turn of the reactor takes what has
 * come on all sockets, decides, writes the new leases by one commit, and sends the answers. Anything that is no DHCP
 * message is counted and dropped; no packet ends the service for the others.
 */
export class DhcpServer {
  readonly #options: DhcpOptions;
  readonly #reactor: Reactor;
  readonly #desks: Desk[];
  readonly #subnets: SubnetState[];
  readonly #leases: LeaseTable;
  readonly #log: LeaseLog;
  readonly #people: LeaseDesk;
  readonly #reports: Reports;
  readonly #now: () => number;
  #pending: Pending[] = [];

  /** @throws RackhandError subnets-overlap | leases-broken */
  constructor(options: DhcpOptions, reactor: Reactor) {
    this.#options = options;
    this.#reactor = reactor;
    this.#now = options.now ?? Date.now;
    this.#subnets = subnetStates(
      options.subnets,
      options.sockets.map(({ serverAddress }) => ipv4Number(serverAddress)),
    );
    this.#leases = new LeaseTable(this.#subnets.map(({ pool }) => pool.network));
    this.#log = new LeaseLog(options.leases, (lease) => this.#leases.load(lease));
    this.#people = new LeaseDesk({
      ...{ table: this.#leases, log: this.#log, subnets: this.#subnets, now: this.#now },
      reservations: options.reservations,
    });
    this.#reports = new Reports(options.onEvent, options.log, (ms, run) => reactor.after(ms, run));
    this.#desks = options.sockets.map((settings) => this.#open(settings));
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

  /** What people want of the leases; a change is on disk when it returns. @throws RackhandError as LeaseDesk */
  ask(question: LeaseQuestion): unknown {
    // What this turn has promised goes first: it must be in the log before what a person puts in its place.
    if (this.#log.waits) this.#commit();
    return this.#people.ask(question);
  }

  #open({ fd, serverAddress, port }: DhcpSocket): Desk {
    const socket = new BatchSocket(fd, (errno, address) => this.#reports.notSent(errno, address));
    const number = ipv4Number(serverAddress);
    const desk = { socket, serverAddress: number, serverText: serverAddress, proxy: port === 4011 };
    this.#reactor.watch(fd, () =>
      socket.receive((came) => this.#guard(came.bytes, () => this.#receive(desk, came))),
    );
    return desk;
  }

  /** Packet → exchange → outcome, which waits for the disk if it changes a lease. */
  #receive(desk: Desk, from: Came): void {
    const packet = decode(from.bytes);
    if ('malformed' in packet) {
      this.#reports.malformed(packet.malformed, ipv4Text(from.address));
      return;
    }
    if (packet.op !== 1 || !this.#options.knowsHosts()) return;
    const subnet = subnetOf(packet, desk.serverAddress, this.#subnets);
    if (!subnet) {
      this.#options.log.debug({ giaddr: ipv4Text(packet.giaddr) }, 'relay of an unknown network');
      return;
    }
    if (desk.proxy && !inNetwork(subnet.pool.network, from.address)) return;
    const exchange = this.#exchange(desk, packet, subnet);
    const outcome = desk.proxy ? answerProxy(exchange) : answer(exchange);
    if ('save' in outcome) {
      this.#log.add(outcome.save);
      if (outcome.kind === 'ack' && outcome.left) this.#log.add(outcome.left);
      this.#pending.push({ desk, exchange, outcome, from });
    } else this.#finish({ desk, exchange, outcome, from });
  }

  #exchange(desk: Desk, packet: DhcpPacket, subnet: SubnetState): Exchange {
    const { request, quirk } = withQuirks(classify(packet), packet);
    return {
      packet,
      request,
      quirk,
      subnet,
      serverAddress: desk.serverAddress,
      leases: this.#leases,
      reservations: this.#options.reservations,
      boot: request ? this.#options.decideBoot(request, desk.serverText) : { kind: 'none' },
      now: this.#now(),
    };
  }

  /** Offers leave at once; what changes a lease leaves after it is on disk. */
  #finishTurn(): void {
    this.#flush();
    if (this.#log.waits) this.#commit();
    if (this.#log.tidy(this.#leases)) this.#reactor.after(0, () => undefined);
  }

  #commit(): void {
    const pending = this.#pending;
    this.#pending = [];
    const failure = this.#write();
    for (const one of pending) {
      if (failure) this.#reports.notWritten(one.exchange.packet, failure, one.exchange.now);
      else this.#guard(one.from.bytes, () => this.#finish(one));
    }
    this.#flush();
  }

  #write(): Error | undefined {
    try {
      this.#log.commit(this.#leases);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #finish({ desk, exchange, outcome, from }: Pending): void {
    if (outcome.kind === 'ack' && !this.#leases.bind(outcome.save, outcome.left)) return;
    if ('reply' in outcome) {
      const { network } = exchange.subnet.pool;
      const to = desk.proxy ? from : destination(outcome.reply, (address) => inNetwork(network, address));
      send(desk, outcome.reply, exchange.packet, to);
    }
    this.#reports.outcome(exchange.packet, outcome, exchange.now);
    if (outcome.kind === 'ack' || outcome.kind === 'proxy') this.#given(exchange);
  }

  #given({ packet, request, boot, quirk, now }: Exchange): void {
    if (request) this.#options.onBootFile?.(request, boot);
    if (quirk) this.#reports.quirk(packet, quirk, now);
  }

  #flush(): void {
    for (const { socket } of this.#desks) socket.flush();
  }

  #guard(bytes: Buffer, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#reports.notHandled(error, bytes);
    }
  }
}

function send({ socket, serverAddress }: Desk, reply: DhcpPacket, packet: DhcpPacket, to: Destination): void {
  const asked = packet.options.get(Option.maxMessageSize);
  // 28 bytes of IP and UDP headers count in option 57; never more than fits an Ethernet frame.
  const maximum = asked?.length === 2 ? Math.min(asked.readUInt16BE(), 1500) - 28 : undefined;
  const length = encodeInto(socket.slot(), reply, maximum);
  socket.post(length, to.address, to.port, serverAddress);
}
