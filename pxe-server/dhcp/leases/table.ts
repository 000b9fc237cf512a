import { ipv4Text, type Network } from '../../net/ipv4.ts';
import { type Client, Columns, clientOf, OFFERED } from './columns.ts';
import { FreeAddresses } from './free-addresses.ts';
import {
  type ClientKey,
  inPool,
  isHolder,
  isOver,
  type Lease,
  type Pool,
  type Reservations,
  reservedIn,
} from './lease.ts';
import type { StoredLease } from './record.ts';
import { AddressIndex, ClientIndex } from './slot-index.ts';

/** Addresses looked at between two looks at the clock. */
const LOOKS = 256;
/** Room that is made ahead, whatever the size of a log says. */
const MOST_RESERVED = 1 << 22;

/**
 * Leases in memory, one per address; a client has one in each network (RFC 2131 section 2), since VLANs of
 * one machine share its hardware address. Every answer comes from here; the log on disk only repeats it. Time
 * is passed in. What is given and taken are copies.
 */
export class LeaseTable {
  readonly #networks: readonly Network[];
  readonly #columns = new Columns();
  readonly #byAddress = new AddressIndex(this.#columns);
  /** The newest lease of a client in a network, bound or released; and its offer. */
  readonly #leases = new ClientIndex(this.#columns);
  readonly #offers = new ClientIndex(this.#columns);
  readonly #free: FreeAddresses[];

  /** @param leases of networks that are not served any more are left out */
  constructor(networks: readonly Network[], leases: Iterable<Lease> = []) {
    this.#networks = [...networks].sort((a, b) => a.first - b.first);
    this.#free = this.#networks.map((_, i) => new FreeAddresses(i, this.#columns, this.#byAddress));
    for (const lease of leases) this.load(lease);
  }

  /** Makes room for so many leases before they are loaded, if there are as many addresses, and for some more. */
  reserve(leases: number): void {
    const addresses = this.#networks.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    const room = Math.min(Math.ceil(leases * 1.25), addresses, MOST_RESERVED);
    this.#columns.reserve(room);
    for (const index of [this.#byAddress, this.#leases]) index.reserve(room);
  }

  get size(): number {
    return this.#columns.size;
  }

  /**
   * A lease as the log has it; one of a network that is not served any more is left out. Of several of a client the one
   * that ends last counts, since a log that was written anew keeps no order.
   */
  load(lease: Lease): void {
    this.loadStored({ ...lease, client: clientOf(lease.client) });
  }

  /** As `load`. */
  loadStored(lease: StoredLease): void {
    const network = this.#networkOf(lease.address);
    if (network < 0) return;
    const { client } = lease;
    const before = this.#leases.find(client, network);
    // Most of a log is the first of its address and of its client: a start would look for each of them three times.
    if (before < 0 && lease.state !== 'offered' && this.#byAddress.find(lease.address) < 0) {
      this.#loadFirst(lease, network);
      return;
    }
    const { address, expires } = this.#columns;
    const stays = before >= 0 && address[before] !== lease.address && expires[before]! > lease.expires;
    this.#put(lease, client, network);
    if (stays && lease.state !== 'declined') this.#count(before, client);
  }

  #loadFirst(lease: StoredLease, network: number): void {
    const slot = this.#columns.add(lease, lease.client, network);
    this.#byAddress.add(slot);
    if (lease.state !== 'declined') this.#leases.add(slot);
    this.#free[network]!.touched(slot);
  }

  /** The lease that a client has or had, else what it was offered. */
  of(client: ClientKey, network: Network): Lease | undefined {
    return (
      this.#copy(this.#leases.find(clientOf(client), this.#indexOf(network))) ?? this.offerTo(client, network)
    );
  }

  offerTo(client: ClientKey, network: Network): Lease | undefined {
    return this.#copy(this.#offers.find(clientOf(client), this.#indexOf(network)));
  }

  at(address: number): Lease | undefined {
    return this.#copy(this.#byAddress.find(address));
  }

  /** All of them, in no order. */
  *all(): Generator<Lease> {
    for (let slot = 0; slot < this.#columns.end; slot++)
      if (this.#columns.isUsed(slot)) yield this.#columns.lease(slot);
  }

  /**
   * From an address on, in the order of addresses.
   * @param visit says whether to go on
   * @param time whether there is still time, asked now and then
   * @returns where to go on; undefined at the end
   */
  scan(from: number, visit: (lease: Lease) => boolean, time: () => boolean): number | undefined {
    let looked = 0;
    for (const { first, last } of this.#networks) {
      for (let address = Math.max(from, first); address <= last; address++) {
        const slot = this.#byAddress.find(address);
        const more = slot < 0 || visit(this.#columns.lease(slot));
        looked += 1;
        if (!more || (looked % LOOKS === 0 && !time())) return address + 1;
      }
    }
    return undefined;
  }

  /** Those of a stretch of the table that are worth keeping: everything but offers. @returns where the next one begins */
  kept(from: number, count: number, take: (lease: Lease) => void): number | undefined {
    const to = Math.min(from + count, this.#columns.end);
    for (let slot = from; slot < to; slot++)
      if (this.#columns.isUsed(slot) && this.#columns.state[slot] !== OFFERED)
        take(this.#columns.lease(slot));
    return to === this.#columns.end ? undefined : to;
  }

  /**
   * Takes the place of what the address had, and of an offer to the client, but of none of its leases: an
   * offer can go unheard, or be asked for by an impostor.
   */
  put(lease: Lease): void {
    const network = this.#networkOf(lease.address);
    if (network < 0) throw new RangeError(`${ipv4Text(lease.address)} is in no network`);
    this.#put(lease, clientOf(lease.client), network);
  }

  #put(lease: Omit<Lease, 'client'>, client: Client, network: number): void {
    const offer = this.#offers.find(client, network);
    if (offer >= 0 && this.#columns.address[offer] !== lease.address) this.#remove(offer);
    const slot = this.#place(lease, client, network);
    if (lease.state === 'offered') this.#offers.add(slot);
    else if (lease.state !== 'declined') this.#count(slot, client);
    this.#free[network]!.touched(slot);
  }

  /**
   * A lease whose row is on disk, and the one that its client left for it.
   * @returns false when its address has become another's since; then there must be no ACK
   */
  bind(lease: Lease, left?: Lease): boolean {
    if (!this.#isHeld(lease)) return false;
    if (left && this.#isHeld(left)) this.put(left);
    this.put(lease);
    return true;
  }

  /** Forgets an offer or lease, unless the address has something else by now. */
  drop(lease: Lease | undefined): void {
    if (!lease) return;
    const slot = this.#byAddress.find(lease.address);
    const columns = this.#columns;
    if (slot < 0 || columns.expires[slot] !== lease.expires || !columns.isOf(slot, clientOf(lease.client)))
      return;
    if (columns.lease(slot).state === lease.state) this.#remove(slot);
  }

  /** True when nobody else holds or was promised the address. */
  isFree(address: number, client: ClientKey, reservations: Reservations, now: number): boolean {
    const promised = reservations.clientOf(address);
    if (promised !== undefined && promised !== client) return false;
    const lease = this.at(address);
    if (!lease || isOver(lease, now)) return true;
    return lease.client === client && lease.state !== 'declined';
  }

  /**
   * The address for a client (RFC 2131 4.3.1): the reserved one, the one it has or had, the one it asks
   * for, else one that nobody had, else the one that was given up first.
   * @returns undefined when the pool is full, or the reserved address is held by another
   */
  choose(
    pool: Pool,
    client: ClientKey,
    wanted: number | undefined,
    reservations: Reservations,
    now: number,
  ): number | undefined {
    const reserved = reservedIn(pool, client, reservations);
    if (reserved !== undefined)
      return this.isFree(reserved, client, reservations, now) ? reserved : undefined;
    const free = (address: number): boolean =>
      inPool(pool, address) && this.isFree(address, client, reservations, now);
    const network = this.#indexOf(pool.network);
    const key = clientOf(client);
    for (const index of [this.#leases, this.#offers]) {
      const slot = index.find(key, network);
      if (slot >= 0 && free(this.#columns.address[slot]!)) return this.#columns.address[slot];
    }
    if (wanted !== undefined && free(wanted)) return wanted;
    return this.#free[network]!.next(pool, free, now);
  }

  /** Addresses that new clients would get next, to be looked at before they are given. */
  upcoming(pool: Pool, count: number, { clientOf }: Pick<Reservations, 'clientOf'>, now: number): number[] {
    const given = (address: number) => clientOf(address) === undefined;
    return this.#free[this.#indexOf(pool.network)]!.upcoming(pool, count, given, now);
  }

  /** Nobody answered at an address: it is given first until then (milliseconds since the epoch). */
  lookedAt(address: number, until: number): void {
    const network = this.#networkOf(address);
    if (network >= 0) this.#free[network]!.lookedAt(address, until);
  }

  /** Makes a lease the one of its client. */
  #count(slot: number, client: Client): void {
    const older = this.#leases.find(client, this.#columns.network[slot]!);
    if (older >= 0) this.#leases.delete(older);
    this.#leases.add(slot);
  }

  #place(lease: Omit<Lease, 'client'>, client: Client, network: number): number {
    const held = this.#byAddress.find(lease.address);
    if (held >= 0) {
      this.#offers.delete(held);
      this.#leases.delete(held);
      this.#columns.set(held, lease, client, network);
      return held;
    }
    const slot = this.#columns.add(lease, client, network);
    this.#byAddress.add(slot);
    return slot;
  }

  #remove(slot: number): void {
    this.#offers.delete(slot);
    this.#leases.delete(slot);
    this.#byAddress.delete(slot);
    this.#free[this.#columns.network[slot]!]!.gone(slot);
    this.#columns.remove(slot);
  }

  #isHeld({ address, client }: Lease): boolean {
    return isHolder(this.at(address), client);
  }

  #copy(slot: number): Lease | undefined {
    return slot < 0 ? undefined : this.#columns.lease(slot);
  }

  #indexOf(network: Network): number {
    return this.#networkOf(network.first);
  }

  /** Of the networks in order of their addresses; -1 for none. */
  #networkOf(address: number): number {
    let low = 0;
    let high = this.#networks.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const network = this.#networks[middle]!;
      if (address < network.first) high = middle - 1;
      else if (address > network.last) low = middle + 1;
      else return middle;
    }
    return -1;
  }
}
