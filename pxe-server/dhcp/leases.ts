import { inNetwork, ipv4Text, type Network } from '../net/ipv4.ts';

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

/** Addresses of a pool that were free when it was last looked through; the next to give is the last. */
interface Sweep {
  at: number;
  free: { address: number; lease: Lease | undefined }[];
}

/** A pool is looked through no more often, whatever the packets that come in. Milliseconds. */
const SWEEP_INTERVAL = 1000;

/**
 * Leases in memory, one per address; a client has one in each network (RFC 2131 section 2), since VLANs of
 * one machine share its hardware address. Every answer comes from here; the database only repeats it. Time
 * is passed in.
 */
export class LeaseTable {
  readonly #networks: readonly Network[];
  readonly #byAddress = new Map<number, Lease>();
  /** Bound and released leases, and offers, by client and network. */
  readonly #leases = new Map<string, Lease>();
  readonly #offers = new Map<string, Lease>();
  readonly #sweeps = new WeakMap<Pool, Sweep>();

  /** @param leases of networks that are not served any more are left out */
  constructor(networks: readonly Network[], leases: Iterable<Lease> = []) {
    this.#networks = networks;
    for (const lease of leases) if (this.#networkOf(lease.address)) this.put(lease);
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** The lease that a client has or had, else what it was offered. */
  of(client: ClientKey, network: Network): Lease | undefined {
    return this.#leases.get(indexKey(client, network)) ?? this.offerTo(client, network);
  }

  offerTo(client: ClientKey, network: Network): Lease | undefined {
    return this.#offers.get(indexKey(client, network));
  }

  at(address: number): Lease | undefined {
    return this.#byAddress.get(address);
  }

  /**
   * Takes the place of what the address had, and of an offer to the client, but of none of its leases: an
   * offer can go unheard, or be asked for by an impostor.
   */
  put(lease: Lease): void {
    const key = this.#keyOf(lease);
    this.drop(this.#offers.get(key));
    this.drop(this.#byAddress.get(lease.address));
    this.#byAddress.set(lease.address, lease);
    if (lease.state === 'offered') this.#offers.set(key, lease);
    else if (lease.state !== 'declined') this.#leases.set(key, lease);
  }

  /**
   * A lease whose row is on disk, and the one that its client left for it.
   * @returns false when its address has become another's since; then there must be no ACK
   */
  bind(lease: Lease, left?: Lease): boolean {
    if (!isHolder(this.#byAddress.get(lease.address), lease.client)) return false;
    if (left && isHolder(this.#byAddress.get(left.address), left.client)) this.put(left);
    this.put(lease);
    return true;
  }

  drop(lease: Lease | undefined): void {
    if (!lease || this.#byAddress.get(lease.address) !== lease) return;
    this.#byAddress.delete(lease.address);
    const key = this.#keyOf(lease);
    for (const index of [this.#leases, this.#offers]) if (index.get(key) === lease) index.delete(key);
  }

  /** True when nobody else holds or was promised the address. */
  isFree(address: number, client: ClientKey, reservations: Reservations, now: number): boolean {
    const promised = reservations.clientOf(address);
    if (promised !== undefined && promised !== client) return false;
    const lease = this.#byAddress.get(address);
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
    const free = (address: number | undefined): address is number =>
      address !== undefined && inPool(pool, address) && this.isFree(address, client, reservations, now);
    const key = indexKey(client, pool.network);
    const liked = [this.#leases.get(key)?.address, this.#offers.get(key)?.address, wanted];
    return liked.find(free) ?? this.#search(pool, client, reservations, now);
  }

  /** From what the last sweep found; so a full pool costs its size once a second, not for each packet. */
  #search(pool: Pool, client: ClientKey, reservations: Reservations, now: number): number | undefined {
    for (let sweep = this.#sweeps.get(pool); ; sweep = this.#sweep(pool, now)) {
      for (let next = sweep?.free.pop(); next; next = sweep?.free.pop()) {
        const untouched = this.#byAddress.get(next.address) === next.lease;
        if (untouched && this.isFree(next.address, client, reservations, now)) return next.address;
      }
      if (sweep && Math.abs(now - sweep.at) < SWEEP_INTERVAL) return undefined;
    }
  }

  #sweep(pool: Pool, now: number): Sweep {
    const fresh: Sweep['free'] = [];
    const used: { address: number; lease: Lease }[] = [];
    for (const { from, to } of pool.ranges) {
      for (let address = from; address <= to; address++) {
        const lease = this.#byAddress.get(address);
        if (pool.excluded.has(address)) continue;
        if (!lease) fresh.push({ address, lease });
        else if (isOver(lease, now)) used.push({ address, lease });
      }
    }
    // Addresses that somebody had come last, and the longest unused first: their machine may return.
    used.sort((a, b) => a.lease.expires - b.lease.expires);
    const sweep = { at: now, free: [...fresh, ...used].reverse() };
    this.#sweeps.set(pool, sweep);
    return sweep;
  }

  #keyOf({ address, client }: Lease): string {
    const network = this.#networkOf(address);
    if (!network) throw new RangeError(`${ipv4Text(address)} is in no network`);
    return indexKey(client, network);
  }

  #networkOf(address: number): Network | undefined {
    return this.#networks.find((network) => inNetwork(network, address));
  }
}

export function inPool(pool: Pool, address: number): boolean {
  return !pool.excluded.has(address) && pool.ranges.some(({ from, to }) => address >= from && address <= to);
}

/** The client's reserved address if it lies in this network. */
export function reservedIn(pool: Pool, client: ClientKey, reservations: Reservations): number | undefined {
  const reserved = reservations.addressOf(client);
  const usable = reserved !== undefined && inNetwork(pool.network, reserved) && !pool.excluded.has(reserved);
  return usable ? reserved : undefined;
}

/** Whether a client was offered or given the address of a lease. */
export function isHolder(lease: Lease | undefined, client: ClientKey): lease is Lease {
  return lease?.client === client && (lease.state === 'bound' || lease.state === 'offered');
}

export function isOver(lease: Lease, now: number): boolean {
  return lease.state === 'released' || lease.expires <= now;
}

function indexKey(client: ClientKey, network: Network): string {
  return `${network.first} ${client}`;
}
