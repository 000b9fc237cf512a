import { type Columns, RELEASED } from './columns.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { inPool, type Pool } from './lease.ts';
import type { AddressIndex } from './slot-index.ts';

/** A full pool is looked through no more often, whatever the packets that come in. Milliseconds. */
const REWIND_INTERVAL = 1000;

/**
 * The free addresses of one network, the next to give at hand whatever the size of the pool: those that nobody had
 * lie before a cursor, those that were had lie in a heap by the end of their lease.
 */
export class FreeAddresses {
  readonly #network: number;
  readonly #columns: Columns;
  readonly #byAddress: AddressIndex;
  readonly #ends: ExpiryHeap;
  /** Given up without ever having been leased. */
  readonly #returned = new Set<number>();
  /** Everything before it has a lease or was passed over. */
  #range = 0;
  #address: number | undefined;
  #rewound = Number.NEGATIVE_INFINITY;

  constructor(network: number, columns: Columns, byAddress: AddressIndex) {
    this.#network = network;
    this.#columns = columns;
    this.#byAddress = byAddress;
    this.#ends = new ExpiryHeap(columns);
  }

  /** A slot of this network came, or its end changed. */
  touched(slot: number): void {
    this.#ends.put(slot);
  }

  gone(slot: number): void {
    this.#ends.delete(slot);
    this.#returned.add(this.#columns.address[slot]!);
  }

  /**
   * One that nobody had, else the one that was given up first: its machine is the least likely to return.
   * @param free whether the client may have an address
   */
  next(pool: Pool, free: (address: number) => boolean, now: number): number | undefined {
    const found = this.#search(pool, free, now);
    if (found !== undefined || Math.abs(now - this.#rewound) < REWIND_INTERVAL) return found;
    this.#rewind(now);
    return this.#search(pool, free, now);
  }

  /** At most so many that `next` would look at first. */
  upcoming(pool: Pool, count: number, now: number): number[] {
    const found = [...this.#returned].slice(0, count).filter((address) => inPool(pool, address));
    for (let range = this.#range; range < pool.ranges.length && found.length < count; range++) {
      const { from, to } = pool.ranges[range]!;
      const start = range === this.#range ? (this.#address ?? from) : from;
      for (let address = start; address <= to && found.length < count; address++)
        if (this.#byAddress.find(address) < 0 && inPool(pool, address)) found.push(address);
    }
    for (const slot of found.length < count ? this.#ends.first(count - found.length) : [])
      if (this.#isOver(slot, now) && inPool(pool, this.#columns.address[slot]!))
        found.push(this.#columns.address[slot]!);
    return found;
  }

  #search(pool: Pool, free: (address: number) => boolean, now: number): number | undefined {
    return this.#returnedOne(free) ?? this.#fresh(pool, free) ?? this.#longestUnused(free, now);
  }

  #returnedOne(free: (address: number) => boolean): number | undefined {
    for (const address of this.#returned) {
      this.#returned.delete(address);
      if (this.#byAddress.find(address) < 0 && free(address)) return address;
    }
    return undefined;
  }

  /** The cursor stays on the address that it found: it may not be taken. */
  #fresh(pool: Pool, free: (address: number) => boolean): number | undefined {
    for (; this.#range < pool.ranges.length; this.#range++, this.#address = undefined) {
      const { from, to } = pool.ranges[this.#range]!;
      for (let address = this.#address ?? from; address <= to; address++) {
        this.#address = address;
        if (this.#byAddress.find(address) < 0 && free(address)) return address;
      }
    }
    return undefined;
  }

  #longestUnused(free: (address: number) => boolean, now: number): number | undefined {
    for (let slot = this.#ends.top(); slot >= 0 && this.#isOver(slot, now); slot = this.#ends.top()) {
      const address = this.#columns.address[slot]!;
      if (free(address)) return address;
      // Reserved for another, or out of the ranges: passed over until the next rewind.
      this.#ends.delete(slot);
    }
    return undefined;
  }

  /** What was passed over may have become free since: reservations change. */
  #rewind(now: number): void {
    this.#rewound = now;
    this.#range = 0;
    this.#address = undefined;
    const { end, network, position } = this.#columns;
    for (let slot = 0; slot < end; slot++)
      if (position[slot]! < 0 && network[slot] === this.#network && this.#columns.isUsed(slot))
        this.#ends.put(slot);
  }

  #isOver(slot: number, now: number): boolean {
    return this.#columns.state[slot] === RELEASED || this.#columns.expires[slot]! <= now;
  }
}
