import type { BootAnswer } from '../dhcp/classify.ts';
import { inNetwork6, ipv6Text } from '../net/ipv6.ts';
import { type Association, readAssociations, Status, statusValue } from './associations.ts';
import type { Client6 } from './classify.ts';
import type { Message6, Packet6 } from './codec.ts';
import {
  type ClientKey6,
  inPool6,
  type Lease6,
  type Pool6,
  type Reservations6,
  reservedIn6,
} from './leases/lease.ts';
import type { Asking, LeaseTable6 } from './leases/table.ts';
import { Option6, optionOf } from './options.ts';
import { type Answered, reply6, type SubnetFacts6 } from './reply.ts';

export interface SubnetState6 {
  pool: Pool6;
  facts: SubnetFacts6;
}

export type Outcome6 =
  | { kind: 'offer' | 'nak' | 'inform' | 'refused'; reply: Message6; message: string; address?: bigint }
  /** What a lease is to become leaves after it is on disk. */
  | { kind: 'ack' | 'release' | 'decline'; reply: Message6; message: string; save: Lease6[] }
  /** Not for us, or nothing that a server may answer. */
  | { kind: 'silent'; why: string };

export interface Exchange6 {
  packet: Packet6;
  client: Client6;
  subnet: SubnetState6;
  serverId: Buffer;
  /** It came to an address of ours alone, straight from the client. */
  unicast: boolean;
  leases: LeaseTable6;
  reservations: Reservations6;
  boot: BootAnswer;
  now: number;
}

/** An offer is kept this long for its client to take it. */
const OFFER_MILLISECONDS = 60_000;
/** Somebody answers at a declined address: leave it alone for this long. */
const DECLINED_MILLISECONDS = 10 * 60_000;

const silent = (why: string): Outcome6 => ({ kind: 'silent', why });

/** The server's half of RFC 8415 section 18.3, one message. Changes only the lease table, and binds nothing. */
export function answer6(exchange: Exchange6): Outcome6 {
  const { type, options } = exchange.packet.message;
  const associations = readAssociations(options);
  if (!associations) return silent('a malformed identity association');
  const refusal = refuse(exchange);
  if (refusal) return refusal;
  switch (type) {
    case 'solicit':
      return solicit(exchange, associations);
    case 'request':
      return associations.length > 0 ? request(exchange, associations) : silent('asks for no address');
    case 'renew':
    case 'rebind':
      return associations.length > 0 ? extend(exchange, associations) : silent('asks for no address');
    case 'confirm':
      return confirm(exchange, associations);
    case 'release':
    case 'decline':
      return giveBack(exchange, associations, type);
    case 'information-request':
      if (associations.length > 0) return silent('asks for information, and names addresses (16.12)');
      return {
        kind: 'inform',
        reply: reply6('reply', exchange, {}),
        message: `configuration asked for and given${bootText(exchange.boot)}`,
      };
    default:
      return silent(`a server's message: ${type}`);
  }
}

/** Which messages must, may and must not name a server, and come by unicast (RFC 8415 section 16, 18.4). */
function refuse(exchange: Exchange6): Outcome6 | undefined {
  const { packet, serverId, unicast } = exchange;
  const { type, options } = packet.message;
  const named = optionOf(options, Option6.serverId);
  const ours = named?.equals(serverId) ?? false;
  const forOne = type === 'request' || type === 'renew' || type === 'release' || type === 'decline';
  if (forOne && !ours) {
    if (type === 'request') forgetOffers(exchange);
    return silent(named ? 'for another server' : 'names no server');
  }
  if (!forOne && named && !(type === 'information-request' && ours))
    return silent(`a ${type} that names a server`);
  if (!unicast) return undefined;
  if (!forOne) return silent('sent to one server alone (RFC 8415 section 16)');
  const status = statusValue(Status.useMulticast, 'send it to ff02::1:2');
  return { kind: 'nak', reply: reply6('reply', exchange, { status }), message: 'asked by unicast' };
}

/** The client chose another server. */
function forgetOffers({ packet, client, leases, subnet, now }: Exchange6): void {
  for (const { iaid } of readAssociations(packet.message.options) ?? []) {
    const lease = leases.of(keyOf(client, iaid), subnet.pool);
    if (lease?.state === 'offered') leases.put({ ...lease, expires: now });
  }
}

function keyOf({ id }: Client6, iaid: number): ClientKey6 {
  return `${id.toString('hex')}/${iaid.toString(16)}`;
}

function solicit(exchange: Exchange6, associations: Association[]): Outcome6 {
  if (associations.length === 0) return silent('asks for no address');
  const rapid = optionOf(exchange.packet.message.options, Option6.rapidCommit) !== undefined;
  if (rapid) return grant(exchange, associations, { rapid });
  const { answered, address } = allocate(exchange, associations);
  const reply = reply6('advertise', exchange, { answered });
  if (address === undefined) return { kind: 'refused', reply, message: whyNone(exchange) };
  return { kind: 'offer', reply, address, message: `offered ${ipv6Text(address)}${bootText(exchange.boot)}` };
}

function request(exchange: Exchange6, associations: Association[]): Outcome6 {
  const { network } = exchange.subnet.pool;
  const strange = associations.flatMap(({ addresses }) => addresses).find((a) => !inNetwork6(network, a));
  if (strange === undefined) return grant(exchange, associations, {});
  const status = statusValue(Status.notOnLink, 'not of this link');
  const answered = associations.map(({ iaid }) => ({ iaid, given: [], status }));
  const message = `refused ${ipv6Text(strange)}: that address is not of this network`;
  return { kind: 'nak', reply: reply6('reply', exchange, { answered }), message, address: strange };
}

/** Leases for good: what was chosen, once it is on disk. */
function grant(exchange: Exchange6, associations: Association[], { rapid }: { rapid?: boolean }): Outcome6 {
  const { answered, address, keys } = allocate(exchange, associations);
  if (address === undefined) {
    const type = rapid ? 'advertise' : 'reply';
    return { kind: 'refused', reply: reply6(type, exchange, { answered }), message: whyNone(exchange) };
  }
  const reply = reply6('reply', exchange, { answered, rapid });
  return {
    ...{ kind: 'ack', reply, save: bound(exchange, answered, keys) },
    message: `leased ${ipv6Text(address)}${bootText(exchange.boot)}`,
  };
}

interface Allocated {
  answered: Answered[];
  keys: ClientKey6[];
  /** The first one given. */
  address: bigint | undefined;
}

/** An address for each association, kept for its client as an offer. */
function allocate(exchange: Exchange6, associations: Association[]): Allocated {
  const { client, subnet, leases } = exchange;
  const keys = associations.map(({ iaid }) => keyOf(client, iaid));
  const answered = associations.map(({ iaid, addresses }, i): Answered => {
    const address = leases.choose(subnet.pool, asking(exchange, keys[i]!, i), addresses[0]);
    if (address === undefined)
      return { iaid, given: [], status: statusValue(Status.noAddrsAvail, 'no free address') };
    keep(exchange, keys[i]!, address);
    return { iaid, given: [address] };
  });
  return { answered, keys, address: answered.flatMap(({ given }) => given)[0] };
}

/** A machine has one reserved address, which the first of its associations gets. */
function asking({ client, reservations, now }: Exchange6, key: ClientKey6, position: number): Asking {
  return { client: key, mac: position === 0 ? client.mac : undefined, reservations, now };
}

/** Nobody else gets the address for now; a lease that runs goes on as it is. */
function keep({ leases, client, now }: Exchange6, key: ClientKey6, address: bigint): void {
  if (leases.holds(address, key, now) && leases.at(address)?.state === 'bound') return;
  const expires = now + OFFER_MILLISECONDS;
  leases.put({ address, client: key, mac: client.mac, state: 'offered', expires });
}

function bound(
  { client, subnet, now }: Exchange6,
  answered: readonly Answered[],
  keys: readonly ClientKey6[],
): Lease6[] {
  const expires = now + subnet.facts.leaseSeconds * 1000;
  return answered.flatMap(({ given }, i) =>
    given.map((address): Lease6 => ({ address, client: keys[i]!, mac: client.mac, state: 'bound', expires })),
  );
}

/** Renew and Rebind (RFC 8415 18.3.4, 18.3.5): what the client names beside its address is taken away. */
function extend(exchange: Exchange6, associations: Association[]): Outcome6 {
  const { packet, client } = exchange;
  const keys = associations.map(({ iaid }) => keyOf(client, iaid));
  const answered = associations.map(({ iaid, addresses }, i): Answered => {
    const address = stillIts(exchange, keys[i]!, i);
    if (address !== undefined) {
      keep(exchange, keys[i]!, address);
      return { iaid, given: [address], taken: addresses.filter((other) => other !== address) };
    }
    const { network } = exchange.subnet.pool;
    const strange = addresses.filter((other) => !inNetwork6(network, other));
    if (strange.length > 0) return { iaid, given: [], taken: strange };
    return { iaid, given: [], status: statusValue(Status.noBinding, 'no such lease here') };
  });
  const { type } = packet.message;
  const reply = reply6('reply', exchange, { answered });
  const save = bound(exchange, answered, keys);
  if (save[0]) return { kind: 'ack', reply, save, message: `renewed ${ipv6Text(save[0].address)}` };
  // Another server's lease may be meant by a Rebind, whose addresses fit the link.
  if (type === 'rebind' && !answered.some(({ taken }) => taken)) return silent('rebinds no lease of ours');
  return { kind: 'nak', reply, message: `${type}: no lease of this machine` };
}

/** The address of a client that had one: the reserved one when there is one by now. */
function stillIts(exchange: Exchange6, key: ClientKey6, position: number): bigint | undefined {
  const { leases, subnet } = exchange;
  const own = leases.of(key, subnet.pool);
  if (!own || own.state === 'offered') return undefined;
  const who = asking(exchange, key, position);
  const reserved = reservedIn6(subnet.pool, who.mac, who.reservations);
  const address = reserved ?? (inPool6(subnet.pool, own.address) ? own.address : undefined);
  return address !== undefined && leases.isFree(address, who) ? address : undefined;
}

/** Whether the addresses are of the link that the client is on now (RFC 8415 18.3.3); nothing of leases. */
function confirm(exchange: Exchange6, associations: Association[]): Outcome6 {
  const addresses = associations.flatMap((association) => association.addresses);
  const [address] = addresses;
  if (address === undefined) return silent('confirms no address');
  const { network } = exchange.subnet.pool;
  const strange = addresses.find((other) => !inNetwork6(network, other));
  if (strange !== undefined) {
    const status = statusValue(Status.notOnLink, 'not of this link');
    const reply = reply6('reply', exchange, { status });
    const message = `refused ${ipv6Text(strange)}: that address is not of this network`;
    return { kind: 'nak', reply, message, address: strange };
  }
  const reply = reply6('reply', exchange, { status: statusValue(Status.success, 'on this link') });
  return { kind: 'inform', reply, message: `confirmed ${ipv6Text(address)}`, address };
}

function giveBack(exchange: Exchange6, associations: Association[], type: 'release' | 'decline'): Outcome6 {
  const { client, leases, now } = exchange;
  const save: Lease6[] = [];
  const unknown: Answered[] = [];
  for (const { iaid, addresses } of associations) {
    const key = keyOf(client, iaid);
    const own = addresses.filter((address) => leases.holds(address, key, now));
    for (const address of own) {
      const lease: Lease6 = { address, client: key, mac: client.mac, state: 'released', expires: now };
      const declined = { ...lease, state: 'declined', expires: now + DECLINED_MILLISECONDS } as const;
      save.push(type === 'release' ? lease : declined);
    }
    const status = statusValue(Status.noBinding, 'no such lease here');
    if (own.length === 0) unknown.push({ iaid, given: [], status });
  }
  for (const lease of save) leases.put(lease);
  const status = statusValue(Status.success, 'done');
  const reply = reply6('reply', exchange, { answered: unknown, status });
  if (save.length === 0) return { kind: 'nak', reply, message: `${type}: no lease of this machine` };
  const told = save.map(({ address }) => ipv6Text(address)).join(', ');
  const declined = `declined ${told}: another machine answers there; it stays unused for ten minutes`;
  return { kind: type, reply, save, message: type === 'release' ? `released ${told}` : declined };
}

function whyNone({ client, subnet, leases, reservations }: Exchange6): string {
  const reserved = reservedIn6(subnet.pool, client.mac, reservations);
  if (reserved === undefined)
    return 'no free IPv6 address in the range; widen ipv6.range or shorten ipv6.leaseSeconds';
  const why = leases.at(reserved)?.state === 'declined' ? 'answers elsewhere too' : 'is held by another';
  return `its reserved address ${ipv6Text(reserved)} ${why}`;
}

function bootText(boot: BootAnswer): string {
  if (boot.kind === 'file') return `, boot file ${boot.bootFile}`;
  return boot.why === undefined ? '' : `, no boot file: ${boot.why}`;
}
