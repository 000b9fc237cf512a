import { BatchSocket, type Came } from '../net/batch-socket.ts';
import { inNetwork, ipv4Number, ipv4Text } from '../net/ipv4.ts';
import type { Reactor } from '../net/reactor.ts';
import { type BootAnswer, type BootRequest, classify } from './classify.ts';
import { type DhcpPacket, decode, encode, encodeInto } from './codec.ts';
import {
  answer,
  answerBesideOther,
  answerProxy,
  chooseSubnet,
  type Exchange,
  type Outcome,
  type SubnetState,
} from './exchange.ts';
import { LeaseDesk } from './leases/desk.ts';
import { mostLeasesIn } from './leases/frames.ts';
import type { Reservations } from './leases/lease.ts';
import { LeaseLog } from './leases/log.ts';
import type { LeaseQuestion } from './leases/questions.ts';
import { type StoredLease, storedRecord } from './leases/record.ts';
import { type Syncer, syncHere } from './leases/syncer.ts';
import { LeaseTable } from './leases/table.ts';
import { Limits } from './limits/limits.ts';
import { Option } from './options.ts';
import { type Quirk, withQuirks } from './quirks.ts';
import { type Destination, destination } from './reply.ts';
import { type DhcpEvent, type DhcpLog, Reports } from './reports.ts';
import type { ServedSubnet } from './schema.ts';
import { onLinkOf, subnetOf, subnetStates } from './subnets.ts';
import { Tap, type Tapped } from './tap.ts';
import { type Watch, watchLinks } from './watch.ts';

export interface DhcpSocket {
  /** Bound to one interface. */
  fd: number;
  interface: string;
  serverAddress: string;
  /** 67 unless said; 4011 answers with boot files alone. */
  port?: 67 | 4011;
  /** Packet sockets of the interface, to look at addresses and for other servers; without them it is not done. */
  arpFd?: number | undefined;
  answersFd?: number | undefined;
}

export interface DhcpOptions {
  sockets: DhcpSocket[];
  subnets: ServedSubnet[];
  /** Raw ICMP socket, to look at addresses of networks behind relays. */
  echoFd?: number | undefined;
  /** Addresses of this machine: nobody else is given one. */
  ownAddresses?: readonly string[] | undefined;
  /** Path of the log of leases. */
  leases: string;
  /**
   * False until the hosts are known. Nothing is answered before: firmware takes the first answer, and one
   * without boot file or with another address than the reserved one would spoil its boot. It asks again.
   */
  knowsHosts(): boolean;
  decideBoot(request: BootRequest, serverAddress: string): BootAnswer;
  /** Whether a machine is a declared host: others get short leases, and are limited. */
  isKnown(request: BootRequest): boolean;
  /** An answer with this boot file has left, and an address with it; an offer does not count. */
  onBootFile?(request: BootRequest, boot: BootAnswer): void;
  /** Who was promised an address. */
  reservations: Reservations;
  onEvent(event: DhcpEvent): void;
  /** Packets of machines that boot, some at a time. */
  onTapped?(tapped: Tapped[]): void;
  log: DhcpLog;
  now?: () => number;
}

/** ACKs that leave at once, and milliseconds until the next ones; with turns two milliseconds apart 32,000 a second. */
const PORTION = 64;
const PORTION_MS = 1;

/** A socket with what is asked on it. */
interface Desk {
  socket: BatchSocket;
  serverAddress: number;
  serverText: string;
  proxy: boolean;
  port: 67 | 4011;
}

/** What is known once a message has been decided. */
interface Decided {
  desk: Desk;
  /** Its sender at least; the rest lies in memory that the next packets are received into. */
  packet: DhcpPacket;
  request: BootRequest | undefined;
  boot: BootAnswer;
  outcome: Outcome;
  quirk: Quirk | undefined;
  now: number;
  to: Destination;
  /** Address of ours that the answer leaves from. */
  source: number;
  /** A copy of the answer is wanted. */
  tapped: boolean;
}

/** One whose lease is on its way to the disk, with its answer encoded. */
interface Pending extends Decided {
  answer: Buffer | undefined;
}

/**
 * DHCP for IPv4 (RFC 2131, 2132, 3046, 4578, 6842) on inherited sockets. A turn of the reactor takes what has
 * come on all sockets, decides, sends the offers, and writes the new leases by one commit, whose ACKs leave when it is on
 * the disk; what comes meanwhile goes into the next one. Anything that is no DHCP message is counted and dropped; no
 * packet ends the service for the others.
 */
export class DhcpServer {
  readonly #options: DhcpOptions;
  readonly #reactor: Reactor;
  readonly #desks: Desk[];
  readonly #own: ReadonlySet<number>;
  readonly #subnets: SubnetState[];
  /** Of a subnet on a shared network all of it, itself first. */
  readonly #shared = new Map<SubnetState, SubnetState[]>();
  readonly #leases: LeaseTable;
  readonly #log: LeaseLog;
  readonly #people: LeaseDesk;
  readonly #reports: Reports;
  readonly #limits = new Limits();
  readonly #tap: Tap | undefined;
  readonly #watch: Watch;
  readonly #now: () => number;
  #pending: Pending[] = [];
  /** On the disk, not sent yet. */
  readonly #due: Pending[] = [];
  #portionComes = false;

  readonly #syncer: Syncer;

  /** @throws RackhandError subnets-overlap | leases-broken */
  constructor(options: DhcpOptions, reactor: Reactor, syncer: Syncer = syncHere) {
    this.#syncer = syncer;
    this.#options = options;
    this.#reactor = reactor;
    this.#now = options.now ?? Date.now;
    this.#own = new Set(options.sockets.map(({ serverAddress }) => ipv4Number(serverAddress)));
    this.#subnets = subnetStates(
      options.subnets,
      [...this.#own],
      (options.ownAddresses ?? []).map(ipv4Number),
    );
    for (const subnet of this.#subnets) {
      const all = onLinkOf(subnet, this.#subnets);
      if (all.length > 1) this.#shared.set(subnet, all);
    }
    this.#leases = new LeaseTable(this.#subnets.map(({ pool }) => pool.network));
    this.#leases.reserve(mostLeasesIn(options.leases));
    const take = (stored: StoredLease) => this.#leases.loadStored(stored);
    this.#log = new LeaseLog(options.leases, take, storedRecord, syncer);
    this.#people = new LeaseDesk({
      ...{ table: this.#leases, log: this.#log, subnets: this.#subnets, now: this.#now },
      reservations: options.reservations,
    });
    this.#reports = new Reports(options.onEvent, options.log, (ms, run) => reactor.after(ms, run));
    const { onTapped } = options;
    if (onTapped) this.#tap = new Tap(onTapped, (ms, run) => reactor.after(ms, run));
    this.#desks = options.sockets.map((settings) => this.#open(settings));
    this.#watch = this.#watchLinks();
    reactor.atTurnEnd(() => this.#finishTurn());
  }

  /** Answers what waits, then lets go of log and sockets; the descriptors stay open. */
  close(): void {
    this.#watch.stop();
    this.#settle();
    this.#flush();
    for (const { fd } of this.#options.sockets) this.#reactor.unwatch(fd);
    this.#reports.stop();
    this.#tap?.flush();
    for (const { socket } of this.#desks) socket.close();
    this.#log.close();
  }

  /** What people want of the leases; a change is on disk when it returns. @throws RackhandError as LeaseDesk */
  ask(question: LeaseQuestion): unknown {
    // What this turn has promised goes first: it must be in the log before what a person puts in its place.
    this.#settle();
    return this.#people.ask(question);
  }

  /** Waits until everything that was decided is on the disk and answered. */
  #settle(): void {
    while (this.#log.isSyncing || this.#log.waits || this.#due.length > 0) {
      this.#finishTurn();
      this.#syncer.finish();
    }
  }

  #watchLinks(): Watch {
    const { sockets, echoFd, ownAddresses = [], reservations } = this.#options;
    return watchLinks(
      {
        ...{ sockets, echoFd, reservations, subnets: this.#subnets, leases: this.#leases, now: this.#now },
        own: [...ownAddresses, ...sockets.map(({ serverAddress }) => serverAddress)].map(ipv4Number),
        save: (lease) => {
          this.#leases.put(lease);
          this.#log.add(lease);
        },
        tell: (event) => this.#reports.found(event, this.#now()),
        tap: this.#tap,
        guard: (bytes, handle) => this.#guard(bytes, handle),
      },
      this.#reactor,
    );
  }

  #open({ fd, serverAddress, port }: DhcpSocket): Desk {
    const socket = new BatchSocket(fd, (errno, address) => this.#reports.notSent(errno, address));
    const number = ipv4Number(serverAddress);
    const desk: Desk = {
      socket,
      serverAddress: number,
      serverText: serverAddress,
      proxy: port === 4011,
      port: port ?? 67,
    };
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
    if (packet.op !== 1 || this.#watch.isOwnQuestion(packet) || !this.#options.knowsHosts()) return;
    const subnet = subnetOf(packet, desk.serverAddress, this.#subnets);
    if (!subnet) {
      this.#options.log.debug(
        { giaddr: ipv4Text(packet.giaddr) },
        'a network that is not served, or not to be asked for there',
      );
      return;
    }
    if (desk.proxy && !inNetwork(subnet.pool.network, from.address)) return;
    const exchange = this.#exchange(desk, packet, subnet);
    const decided = this.#decided(desk, exchange, from);
    const { outcome } = decided;
    if (decided.tapped) this.#tapAsked(decided, from);
    if (!('save' in outcome)) {
      if ('reply' in outcome) {
        const slot = desk.socket.slot();
        const length = encodeInto(slot, outcome.reply, largest(packet));
        send(decided, length);
        if (decided.tapped) this.#tapAnswer(decided, slot.subarray(0, length));
      }
      this.#report(decided);
      return;
    }
    this.#log.add(outcome.save);
    if (outcome.kind === 'ack' && outcome.left) this.#log.add(outcome.left);
    const answer = 'reply' in outcome ? encode(outcome.reply, largest(packet)) : undefined;
    this.#pending.push({ ...decided, packet: { ...packet, chaddr: Buffer.from(packet.chaddr) }, answer });
  }

  #decided(desk: Desk, exchange: Exchange, from: Came): Decided {
    const { packet, request, boot, quirk, now } = exchange;
    const outcome = desk.proxy
      ? answerProxy(exchange)
      : exchange.subnet.proxy
        ? answerBesideOther(exchange)
        : answer(exchange);
    const { network } = exchange.subnet.pool;
    const { address, port } =
      desk.proxy || !('reply' in outcome)
        ? from
        : destination(outcome.reply, (claimed) => inNetwork(network, claimed));
    // From the address that was asked, where it was one.
    const source = this.#own.has(from.to) ? from.to : desk.serverAddress;
    const tapped = request !== undefined && this.#tap?.wants(request, exchange.known, now) === true;
    return { desk, packet, request, boot, outcome, quirk, now, to: { address, port }, source, tapped };
  }

  #exchange(desk: Desk, packet: DhcpPacket, subnet: SubnetState): Exchange {
    const { request, quirk } = withQuirks(classify(packet), packet);
    const exchange: Exchange = {
      packet,
      request,
      quirk,
      subnet,
      serverAddress: desk.serverAddress,
      leases: this.#leases,
      reservations: this.#options.reservations,
      known: request !== undefined && this.#options.isKnown(request),
      limits: this.#limits,
      boot: request ? this.#options.decideBoot(request, desk.serverText) : { kind: 'none' },
      now: this.#now(),
    };
    const shared = this.#shared.get(subnet);
    if (shared) exchange.subnet = chooseSubnet(exchange, shared);
    return exchange;
  }

  /** Offers leave at once; what changes a lease leaves after it is on disk. */
  #finishTurn(): void {
    this.#flush();
    if (this.#log.waits && !this.#log.isSyncing) this.#commit();
    this.#sendDue();
    if (this.#log.tidy(this.#leases)) this.#reactor.after(0, () => undefined);
  }

  #commit(): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#log.begin(this.#leases, (failure) => {
      for (const one of pending) {
        if (failure) this.#reports.notWritten(one.packet, failure, one.now);
        else this.#guard(one.answer ?? Buffer.alloc(0), () => this.#bind(one));
      }
    });
  }

  #bind(pending: Pending): void {
    const { outcome } = pending;
    if (outcome.kind !== 'ack' || this.#leases.bind(outcome.save, outcome.left)) this.#due.push(pending);
  }

  /** In portions: what a commit that took long has held back would overrun the buffer of the relay that it goes to. */
  #sendDue(): void {
    for (const one of this.#due.splice(0, PORTION))
      this.#guard(one.answer ?? Buffer.alloc(0), () => {
        if (one.answer) send(one, one.answer.copy(one.desk.socket.slot()));
        if (one.answer && one.tapped) this.#tapAnswer(one, one.answer);
        this.#report(one);
      });
    this.#flush();
    if (this.#due.length === 0 || this.#portionComes) return;
    this.#portionComes = true;
    this.#reactor.after(PORTION_MS, () => {
      this.#portionComes = false;
    });
  }

  #tapAsked({ desk, request, outcome, now }: Decided, { bytes, address, port, to }: Came): void {
    const mac = request!.mac;
    const asked = { at: now, mac, from: { address, port }, to: { address: to, port: desk.port } };
    this.#tap!.add({ ...asked, what: 'asked', bytes: bytes.toString('latin1') });
    if (outcome.kind === 'refused' || outcome.kind === 'limited')
      this.#tap!.add({ ...asked, what: 'silent', bytes: '', why: outcome.message });
  }

  #tapAnswer({ desk, request, boot, source, to, outcome }: Decided, answer: Buffer): void {
    const why = outcome.kind === 'nak' ? outcome.message : boot.kind === 'none' ? boot.why : undefined;
    this.#tap!.add({
      ...{ at: this.#now(), mac: request!.mac, what: 'answered', bytes: answer.toString('latin1') },
      ...{ from: { address: source, port: desk.port }, to },
      ...(why === undefined ? {} : { why }),
    });
  }

  #report({ packet, request, boot, outcome, quirk, now }: Decided): void {
    this.#reports.outcome(packet, outcome, now);
    if (outcome.kind !== 'ack' && outcome.kind !== 'proxy') return;
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

/** Bytes of UDP payload that a client takes, if it says so. */
function largest(packet: DhcpPacket): number | undefined {
  const asked = packet.options.get(Option.maxMessageSize);
  // 28 bytes of IP and UDP headers count in option 57; never more than fits an Ethernet frame.
  return asked?.length === 2 ? Math.min(asked.readUInt16BE(), 1500) - 28 : undefined;
}

/** @param length bytes of the answer in the socket's slot */
function send({ desk, to, source }: Decided, length: number): void {
  desk.socket.post(length, to.address, to.port, source);
}
