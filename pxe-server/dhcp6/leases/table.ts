import { inNetwork6, type Network6 } from '../../net/ipv6.ts';
import { Ends } from './ends.ts';
import {
  type ClientKey6,
  inPool6,
  isOver6,
  type Lease6,
  type Pool6,
  type Reservations6,
  reservedIn6,
} from './lease.ts';

/** A full range is looked through no more often, whatever the packets that come in. Milliseconds. */
const REWIND_INTERVAL = 1000;

/** Who asks for an address. */
export interface Asking {
  client: ClientKey6;
  mac: string | undefined;
  reservations: Reservations6;
  now: number;
}

/** What is known of one network. */
interface Links {
  network: Network6;
  /** Address of the newest lease of a client, bound or released; and of its offer. */
  leases: Map<ClientKey6, bigint>;
  offers: Map<ClientKey6, bigint>;
  ends: Ends;
  /** Every address of the range before it was given once, or was passed over. */
  next: bigint;
  /** When `next` went back to the start. */
  rewound: number;
}

/**
 * Leases in memory, one an address; a client has one in each network. Every answer comes from here, the log on
 * disk only repeats it. The same rules as for IPv4, as objects: ranges are small (schema.ts).
 */
export class LeaseTable6 {
  /** What is gone stays as undefined, so that the places of the others do not change (`kept`). */
  readonly #byAddress = new Map<bigint, Lease6 | undefined>();
  readonly #links: Links[];

  constructor(networks: readonly Network6[]) {
    this.#links = networks.map((network) => ({
      ...{ network, leases: new Map(), offers: new Map(), next: 0n, rewound: 0 },
      ends: new Ends((lease) => this.#byAddress.get(lease.address) === lease),
    }));
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** A lease as the log has it; one of a network that is not served any more is left out. */
  load(lease: Lease6): void {
    const links = this.#of(lease.address);
    if (!links) return;
    const before = this.#at(links.leases.get(lease.client));
    this.put(lease);
    // A log that was written anew keeps no order: of several of a client the one that ends last counts.
    if (before && before.address !== lease.address && before.expires > lease.expires)
      links.leases.set(lease.client, before.address);
  }

  at(address: bigint): Lease6 | undefined {
    return this.#byAddress.get(address);
  }

  /** The lease that a client has or had, else what it was offered. */
  of(client: ClientKey6, pool: Pool6): Lease6 | undefined {
    const links = this.#of(pool.network.first);
    return this.#at(links?.leases.get(client)) ?? this.#at(links?.offers.get(client));
  }

  /** Leases that are worth keeping: everything but offers. For the log (`Kept`). */
  kept(from: number, count: number, take: (lease: Lease6) => void): number | undefined {
    const all = [...this.#byAddress.values()];
    for (const lease of all.slice(from, from + count)) if (lease && lease.state !== 'offered') take(lease);
    return from + count < all.length ? from + count : undefined;
  }

  /** Takes the place of what the address had, and of an offer to the client, but of none of its leases. */
  put(lease: Lease6): void {
    const links = this.#of(lease.address);
    if (!links) throw new RangeError('an address of no network');
    const offer = links.offers.get(lease.client);
    if (offer !== undefined && offer !== lease.address) this.#forget(links, offer);
    this.#forget(links, lease.address);
    this.#byAddress.set(lease.address, lease);
    if (lease.state === 'offered') links.offers.set(lease.client, lease.address);
    else if (lease.state !== 'declined') links.leases.set(lease.client, lease.address);
    links.ends.add(lease);
  }

  /**
   * A lease that is on disk now.
   * @returns false when its address has become another's since; then there must be no Reply
   */
  bind(lease: Lease6): boolean {
    if (this.at(lease.address)?.client !== lease.client) return false;
    this.put(lease);
    return true;
  }

  /** True when nobody else holds or was promised the address. */
  isFree(address: bigint, { client, mac, reservations, now }: Asking): boolean {
    const promised = reservations.macOf(address);
    if (promised !== undefined && promised !== mac) return false;
    const lease = this.at(address);
    if (!lease || isOver6(lease, now)) return true;
    if (lease.state === 'declined') return false;
    // Firmware, loader and system name themselves differently, and are one machine to the operator.
    return lease.client === client || (promised !== undefined && lease.mac === mac);
  }

  /** Whether a client holds the address now, as a lease or as an offer. */
  holds(address: bigint, client: ClientKey6, now: number): boolean {
    const lease = this.at(address);
    return lease?.client === client && lease.state !== 'declined' && !isOver6(lease, now);
  }

  /**
   * The address for a client: the reserved one, the one it has or had, the one it asks for, else one that nobody
   * had, else the one that was given up first.
   * @returns undefined when the pool is full, or the reserved address is held by another
   */
  choose(pool: Pool6, asking: Asking, wanted: bigint | undefined): bigint | undefined {
    const reserved = reservedIn6(pool, asking.mac, asking.reservations);
    if (reserved !== undefined) return this.isFree(reserved, asking) ? reserved : undefined;
    const free = (address: bigint) => inPool6(pool, address) && this.isFree(address, asking);
    const own = this.of(asking.client, pool)?.address;
    for (const address of [own, wanted]) if (address !== undefined && free(address)) return address;
    return this.#unused(pool, free, asking.now);
  }

  #unused(pool: Pool6, free: (address: bigint) => boolean, now: number): bigint | undefined {
    const links = this.#of(pool.network.first);
    if (!links) return undefined;
    const unused = (address: bigint) => !this.#byAddress.get(address) && free(address);
    const search = () =>
      never(links, pool, unused) ?? links.ends.first(now, ({ address }) => free(address))?.address;
    const found = search();
    if (found !== undefined || Math.abs(now - links.rewound) < REWIND_INTERVAL) return found;
    // What was passed over (a promise, an offer that was not taken) may be free by now.
    links.rewound = now;
    links.next = pool.range.from;
    return search();
  }

  #forget(links: Links, address: bigint): void {
    const lease = this.#byAddress.get(address);
    if (!lease) return;
    this.#byAddress.set(address, undefined);
    for (const index of [links.leases, links.offers])
      if (index.get(lease.client) === address) index.delete(lease.client);
  }

  #of(address: bigint): Links | undefined {
    return this.#links.find(({ network }) => inNetwork6(network, address));
  }

  #at(address: bigint | undefined): Lease6 | undefined {
    return address === undefined ? undefined : this.#byAddress.get(address);
  }
}

function never(links: Links, { range }: Pool6, free: (address: bigint) => boolean): bigint | undefined {
  if (links.next < range.from) links.next = range.from;
  for (; links.next <= range.to; links.next += 1n) if (free(links.next)) return links.next;
  return undefined;
}
