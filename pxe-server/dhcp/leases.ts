import { inNetwork, type Network } from '../net/ipv4.ts';

/** Who holds an address: the hardware address where there is one. See docs/decisions/0006. */
export type ClientKey = string;

export interface Lease {
  /** Address as a number. */
  address: number;
  client: ClientKey;
  /** offered: for seconds, in memory only; bound: on disk; declined: the address answers elsewhere. */
  state: 'offered' | 'bound' | 'released' | 'declined';
  /** Milliseconds since the epoch. */
  expires: number;
}

export interface Pool {
  network: Network;
  ranges: { from: number; to: number }[];
  /** Our own address, the router: never given out. */
  excluded: ReadonlySet<number>;
}

/** Whom the operator promised an address; both ways, since a promised address leaves the pool. */
export interface Reservations {
  addressOf(client: ClientKey): number | undefined;
  clientOf(address: number): ClientKey | undefined;
}

/**
 * Leases in memory, one per address and one per client. Every answer comes from here; the database
 * only repeats it. Time is passed in.
 */
export class LeaseTable {
  readonly #byAddress = new Map<number, Lease>();
  readonly #byClient = new Map<ClientKey, Lease>();
  /** Where the last search of a pool ended, so that a fresh pool is not walked from its start each time. */
  readonly #cursors = new WeakMap<Pool, number>();
  /** A full pool is not searched again before something can have changed. */
  readonly #fullUntil = new WeakMap<Pool, number>();

  constructor(leases: Iterable<Lease> = []) {
    for (const lease of leases) this.put(lease);
  }

  get size(): number {
    return this.#byAddress.size;
  }

  of(client: ClientKey): Lease | undefined {
    return this.#byClient.get(client);
  }

  at(address: number): Lease | undefined {
    return this.#byAddress.get(address);
  }

  /** Takes the place of what the client and the address had before. */
  put(lease: Lease): void {
    this.drop(this.#byClient.get(lease.client));
    this.drop(this.#byAddress.get(lease.address));
    this.#byAddress.set(lease.address, lease);
    if (lease.state !== 'declined') this.#byClient.set(lease.client, lease);
  }

  drop(lease: Lease | undefined): void {
    if (!lease) return;
    this.#byAddress.delete(lease.address);
    if (this.#byClient.get(lease.client) === lease) this.#byClient.delete(lease.client);
  }

  /** True when nobody else holds or was promised the address. */
  isFree(address: number, client: ClientKey, reservations: Reservations, now: number): boolean {
    const promised = reservations.clientOf(address);
    if (promised !== undefined && promised !== client) return false;
    const lease = this.#byAddress.get(address);
    if (!lease || lease.expires <= now || lease.state === 'released') return true;
    return lease.client === client && lease.state !== 'declined';
  }

  /**
   * The address for a client (RFC 2131 4.3.1): the reserved one, the one it has or had, the one it asks
   * for, else the next of the pool.
   * @returns undefined when the pool is full, or the reserved address is held by another
   */
  choose(
    pool: Pool,
    client: ClientKey,
    wanted: number | undefined,
    reservations: Reservations,
    now: number,
  ): number | undefined {
    const reserved = reservations.addressOf(client);
    if (reserved !== undefined && inNetwork(pool.network, reserved))
      return this.isFree(reserved, client, reservations, now) ? reserved : undefined;
    const free = (address: number | undefined): address is number =>
      address !== undefined && inPool(pool, address) && this.isFree(address, client, reservations, now);
    const before = this.#byClient.get(client)?.address;
    if (free(before)) return before;
    if (free(wanted)) return wanted;
    return this.#search(pool, client, reservations, now);
  }

  #search(pool: Pool, client: ClientKey, reservations: Reservations, now: number): number | undefined {
    if ((this.#fullUntil.get(pool) ?? 0) > now) return undefined;
    const total = pool.ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    const start = this.#cursors.get(pool) ?? 0;
    for (let step = 0; step < total; step++) {
      const index = (start + step) % total;
      const address = nth(pool, index);
      // Addresses that somebody had before come last: their machine may return.
      if (this.#byAddress.has(address) || pool.excluded.has(address)) continue;
      if (!this.isFree(address, client, reservations, now)) continue;
      this.#cursors.set(pool, (index + 1) % total);
      return address;
    }
    const used = this.#longestUnused(pool, client, reservations, now);
    if (used === undefined) this.#fullUntil.set(pool, now + 1000);
    return used;
  }

  /** The expired or released address that was given up first. */
  #longestUnused(pool: Pool, client: ClientKey, reservations: Reservations, now: number): number | undefined {
    let oldest: Lease | undefined;
    for (const lease of this.#byAddress.values()) {
      if (oldest && lease.expires >= oldest.expires) continue;
      if (inPool(pool, lease.address) && this.isFree(lease.address, client, reservations, now))
        oldest = lease;
    }
    return oldest?.address;
  }
}

export function inPool(pool: Pool, address: number): boolean {
  return !pool.excluded.has(address) && pool.ranges.some(({ from, to }) => address >= from && address <= to);
}

function nth(pool: Pool, index: number): number {
  let left = index;
  for (const { from, to } of pool.ranges) {
    if (left <= to - from) return from + left;
    left -= to - from + 1;
  }
  throw new RangeError(`no address ${index} in the pool`);
}
