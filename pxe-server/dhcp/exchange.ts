import { inNetwork, ipv4Text } from '../net/ipv4.ts';
import { type BootAnswer, type BootRequest, ethernetAddress } from './classify.ts';
import type { DhcpPacket, MessageType } from './codec.ts';
import {
  type ClientKey,
  inPool,
  isHolder,
  isOver,
  type Lease,
  type Pool,
  type Reservations,
  reservedIn,
} from './leases/lease.ts';
import type { LeaseTable } from './leases/table.ts';
import type { Asked, LimitSettings, Limits } from './limits/limits.ts';
import { Option, readUint32 } from './options.ts';
import type { Quirk } from './quirks.ts';
import { grant, inform, nak, proxy, type ReplyContext, type SubnetFacts } from './reply.ts';

export interface SubnetState {
  pool: Pool;
  /** Name of its link; several subnets on one are a shared network. */
  link: string;
  /** Another server gives the addresses here. */
  proxy: boolean;
  /** An interface of ours is in it. */
  attached: boolean;
  facts: SubnetFacts;
  /** What machines are told that nobody declared. */
  unknownFacts: SubnetFacts;
  limits: LimitSettings;
  /** Addresses are looked at before they are given. */
  probe: boolean;
}

export type Outcome =
  | { kind: 'offer' | 'nak' | 'inform' | 'proxy'; reply: DhcpPacket; message: string }
  /** `left` is the lease that the client gives up for this one. */
  | { kind: 'ack'; reply: DhcpPacket; message: string; save: Lease; left?: Lease }
  | { kind: 'release' | 'decline'; message: string; save: Lease }
  | { kind: 'refused'; message: string }
  /** No address for now: the client, or who pretends to be many, asks for more than its share. */
  | { kind: 'limited'; message: string }
  /** Not for us, or nothing that a server may answer. */
  | { kind: 'silent'; why: string };

export interface Exchange {
  packet: DhcpPacket;
  /** What the packet says of the machine; undefined for one without an Ethernet address. */
  request: BootRequest | undefined;
  subnet: SubnetState;
  serverAddress: number;
  leases: LeaseTable;
  reservations: Reservations;
  /** The machine is a declared host. */
  known: boolean;
  limits: Limits;
  boot: BootAnswer;
  /** What is odd about the machine and was allowed for. */
  quirk?: Quirk | undefined;
  now: number;
}

const ASKING: ReadonlySet<MessageType> = new Set(['discover', 'request', 'inform']);
/** RFC 2132 9.14 has one length byte; every key is kept, so a longer one is not taken. */
const LONGEST_IDENTIFIER = 255;
/** An offer is kept this long for its client to take it. */
const OFFER_MILLISECONDS = 60_000;
/** Somebody answers at a declined address: leave it alone for this long. */
const DECLINED_MILLISECONDS = 10 * 60_000;

/**
 * The server's half of RFC 2131 section 4.3, one message. Changes only the lease table, and binds nothing: an
 * ACK is sent once its lease is on disk and `LeaseTable.bind` took it.
 */
export function answer(exchange: Exchange): Outcome {
  const { packet } = exchange;
  const client = exchange.request?.mac ?? clientKey(packet);
  if (client === undefined) return { kind: 'silent', why: 'no hardware address and no client identifier' };
  switch (packet.type) {
    case 'discover':
      return discover(exchange, client);
    case 'request':
      return request(exchange, client);
    case 'decline':
      return decline(exchange, client);
    case 'release':
      return release(exchange, client);
    case 'inform':
      return {
        kind: 'inform',
        reply: inform(replyContext(exchange)),
        message: 'configuration asked for and given',
      };
    default:
      return { kind: 'silent', why: `a server's message: ${packet.type}` };
  }
}

/** Where another server gives the addresses: a boot file for those that ask for one, beside its offer (PXE 2.1, 2.2.2). */
export function answerBesideOther(exchange: Exchange): Outcome {
  const { packet, request, boot } = exchange;
  if (packet.type !== 'discover') return { kind: 'silent', why: 'another server gives the addresses' };
  if (!request || boot.kind === 'none') return { kind: 'silent', why: 'nothing to boot' };
  const reply = proxy('offer', replyContext(exchange));
  return { kind: 'proxy', reply, message: `boot file beside the other server's address: ${boot.bootFile}` };
}

/**
 * In a shared network: the subnet that the message is about, the one where the client has a lease or was promised an
 * address, else the first with an address for it.
 */
export function chooseSubnet(exchange: Exchange, shared: readonly SubnetState[]): SubnetState {
  const { packet, leases, reservations, now } = exchange;
  const client = exchange.request?.mac ?? clientKey(packet);
  const named = packet.type === 'discover' ? undefined : (requestedAddress(packet) ?? packet.ciaddr);
  const about = named ? shared.find(({ pool }) => inNetwork(pool.network, named)) : undefined;
  if (about || client === undefined) return about ?? shared[0]!;
  const promised = shared.find(({ pool }) => reservedIn(pool, client, reservations) !== undefined);
  const held = shared.find(({ pool }) => {
    const lease = leases.of(client, pool.network);
    return (
      lease !== undefined &&
      inPool(pool, lease.address) &&
      leases.isFree(lease.address, client, reservations, now)
    );
  });
  const wanted = requestedAddress(packet);
  const free = ({ pool }: SubnetState) =>
    leases.choose(pool, client, wanted, reservations, now) !== undefined;
  return promised ?? held ?? shared.find(free) ?? shared[0]!;
}

/** Port 4011: the machine has an address and asks for its boot file alone. */
export function answerProxy(exchange: Exchange): Outcome {
  if (!ASKING.has(exchange.packet.type)) return { kind: 'silent', why: 'asks for no boot file' };
  if (exchange.boot.kind === 'none') return { kind: 'silent', why: 'nothing to boot' };
  const message = `boot file again on port 4011: ${exchange.boot.bootFile}`;
  return { kind: 'proxy', reply: proxy('ack', replyContext(exchange)), message };
}

/**
 * The hardware address, so that firmware, loader and system of one machine keep one address though each
 * names itself differently in option 61; that option where there is no Ethernet address.
 */
export function clientKey(packet: DhcpPacket): ClientKey | undefined {
  const mac = ethernetAddress(packet);
  if (mac !== undefined) return mac;
  const identifier = packet.options.get(Option.clientIdentifier);
  const usable = identifier && identifier.length >= 2 && identifier.length <= LONGEST_IDENTIFIER;
  return usable ? `id:${identifier.toString('hex')}` : undefined;
}

function discover(exchange: Exchange, client: ClientKey): Outcome {
  const { packet, subnet, leases, reservations, now } = exchange;
  const limited = exchange.limits.refusal(asked(exchange, client));
  if (limited !== undefined) return { kind: 'limited', message: limited };
  const address = leases.choose(subnet.pool, client, requestedAddress(packet), reservations, now);
  if (address === undefined) return { kind: 'refused', message: whyNone(exchange, client) };
  keep(exchange, client, address);
  const reply = grant('offer', address, replyContext(exchange, client));
  return { kind: 'offer', reply, message: `offered ${ipv4Text(address)}${bootText(exchange.boot)}` };
}

function whyNone({ subnet, leases, reservations }: Exchange, client: ClientKey): string {
  const reserved = reservedIn(subnet.pool, client, reservations);
  if (reserved === undefined)
    return 'no free address in the pool; widen the ranges of the subnet or shorten leaseSeconds';
  const holder = leases.at(reserved);
  const why =
    holder?.state === 'declined' ? 'answers elsewhere too' : `is held by ${holder?.client ?? 'another'}`;
  return `its reserved address ${ipv4Text(reserved)} ${why}`;
}

/** RFC 2131 4.3.2: server identifier, requested address and ciaddr tell the client's state. */
function request(exchange: Exchange, client: ClientKey): Outcome {
  const { packet, leases, serverAddress } = exchange;
  const chosen = readUint32(packet.options, Option.serverIdentifier);
  const wanted = requestedAddress(packet);
  if (chosen !== undefined) {
    if (chosen !== serverAddress) {
      leases.drop(leases.offerTo(client, exchange.subnet.pool.network));
      return { kind: 'silent', why: `the client chose server ${ipv4Text(chosen)}` };
    }
    // Some clients fill ciaddr when they take an offer again.
    return confirm(exchange, client, wanted ?? packet.ciaddr, true);
  }
  if (wanted !== undefined) return confirm(exchange, client, wanted, false);
  if (packet.ciaddr !== 0) return confirm(exchange, client, packet.ciaddr, false);
  return { kind: 'silent', why: 'a request that names no address' };
}

/** @param ours the client answers our own offer, so a refusal is for us to say */
function confirm(exchange: Exchange, client: ClientKey, address: number, ours: boolean): Outcome {
  const { subnet, leases, reservations, now } = exchange;
  const refuse = (why: string): Outcome => ({
    kind: 'nak',
    reply: nak(replyContext(exchange), why),
    message: `refused ${ipv4Text(address)}: ${why}`,
  });
  const silent = (why: string): Outcome => ({ kind: 'silent', why });
  const { pool } = subnet;
  if (!inNetwork(pool.network, address)) return refuse('that address is not of this network');
  const reserved = reservedIn(pool, client, reservations);
  if (reserved !== undefined && reserved !== address)
    return refuse(`${ipv4Text(reserved)} is reserved for this machine`);
  const held = leases.at(address);
  const own = held?.client === client && held.state !== 'declined';
  if (reserved === undefined && !inPool(pool, address))
    return ours || own ? refuse('that address is in no range') : silent('not an address of ours');
  if (!leases.isFree(address, client, reservations, now)) return refuse('that address is taken');
  const known = leases.of(client, pool.network);
  if (!own && reserved === undefined) {
    if (known && !(ours && isOver(known, now))) return refuse(`${ipv4Text(known.address)} is this machine's`);
    // Nothing known of the client: it must come from its own start, not from another server's lease.
    if (!ours) return silent('no lease of ours (RFC 2131 4.3.2)');
  }
  const limited = exchange.limits.refusal(asked(exchange, client));
  if (limited !== undefined) return { kind: 'limited', message: limited };
  // Until its row is on disk the lease is but an offer: a disk that fails changes nothing.
  keep(exchange, client, address);
  const moves = known?.state === 'bound' && known.address !== address;
  return {
    kind: 'ack',
    reply: grant('ack', address, replyContext(exchange, client)),
    save: { address, client, state: 'bound', expires: now + factsFor(exchange, client).leaseSeconds * 1000 },
    ...(moves ? { left: { ...known, state: 'released', expires: now } } : {}),
    message: `leased ${ipv4Text(address)}${bootText(exchange.boot)}`,
  };
}

/** Nobody else gets the address for now; a lease that runs goes on as it is. */
function keep(exchange: Exchange, client: ClientKey, address: number): void {
  const { leases, limits, now } = exchange;
  limits.granted(asked(exchange, client), address);
  const held = leases.at(address);
  if (held?.client === client && held.state === 'bound' && !isOver(held, now)) return;
  leases.put({ address, client, state: 'offered', expires: now + OFFER_MILLISECONDS });
}

function asked(exchange: Exchange, client: ClientKey): Asked {
  const { packet, subnet, leases, now } = exchange;
  const { limits: settings, pool } = subnet;
  return {
    packet,
    client,
    network: pool.network,
    settings,
    trusted: isTrusted(exchange, client),
    leases,
    now,
  };
}

/** Declared, or promised an address. */
function isTrusted({ known, reservations }: Exchange, client: ClientKey): boolean {
  return known || reservations.addressOf(client) !== undefined;
}

function factsFor(exchange: Exchange, client: ClientKey): SubnetFacts {
  return isTrusted(exchange, client) ? exchange.subnet.facts : exchange.subnet.unknownFacts;
}

function decline(exchange: Exchange, client: ClientKey): Outcome {
  const { packet, leases, now } = exchange;
  const address = requestedAddress(packet);
  const lease = address === undefined ? undefined : leases.at(address);
  if (!forUs(exchange) || address === undefined || !isHolder(lease, client))
    return { kind: 'silent', why: 'declines an address that is not its own' };
  const save: Lease = { address, client, state: 'declined', expires: now + DECLINED_MILLISECONDS };
  leases.put(save);
  const message = `declined ${ipv4Text(address)}: another machine answers there; it stays unused for ten minutes`;
  return { kind: 'decline', message, save };
}

function release(exchange: Exchange, client: ClientKey): Outcome {
  const { packet, leases, now } = exchange;
  const lease = leases.at(packet.ciaddr);
  if (!forUs(exchange) || !isHolder(lease, client) || lease.state !== 'bound')
    return { kind: 'silent', why: 'releases an address that is not its own' };
  const save: Lease = { ...lease, state: 'released', expires: now };
  leases.put(save);
  return { kind: 'release', message: `released ${ipv4Text(lease.address)}`, save };
}

/** Option 50; some clients send it as zeros when they want nothing. */
function requestedAddress(packet: DhcpPacket): number | undefined {
  return readUint32(packet.options, Option.requestedAddress) || undefined;
}

function forUs({ packet, serverAddress }: Exchange): boolean {
  const server = readUint32(packet.options, Option.serverIdentifier);
  return server === undefined || server === serverAddress;
}

/** @param client who gets an address by it, if anybody does */
function replyContext(exchange: Exchange, client?: ClientKey): ReplyContext {
  const { packet, request, serverAddress, subnet, boot } = exchange;
  const facts = client === undefined ? subnet.facts : factsFor(exchange, client);
  return { packet, request, serverAddress, subnet: facts, boot };
}

function bootText(boot: BootAnswer): string {
  if (boot.kind === 'file') return `, boot file ${boot.bootFile}`;
  return boot.why === undefined ? '' : `, no boot file: ${boot.why}`;
}
