import { type Columns, RELEASED } from './columns.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { inPool, type Pool } from './lease.ts';
import type { AddressIndex } from './slot-index.ts';

/** A full pool is looked through no more often, whatever the packets that come in. Milliseconds. */
const REWIND_INTERVAL = 1000;
/** Addresses that are passed over in one look ahead, which must not hold up answers. */
const LONGEST_LOOK = 4096;
/** Addresses that were looked at and wait to be given. */
const MOST_LOOKED_AT = 1024;

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
  /** Addresses at which nobody answered, in the order in which they would have been given; until when that is good. */
  readonly #lookedAt = new Map<number, number>();
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

  /**
   * At most so many that `next` would look at first. What has a lease, and what is never given, is passed over for
   * good.
   * @param given whether an address may go to a new client at all
   */
  upcoming(pool: Pool, count: number, given: (address: number) => boolean, now: number): number[] {
    const found: number[] = [];
    const usable = (address: number) => inPool(pool, address) && given(address);
    for (const address of this.#returned) {
      if (found.length >= count) return found;
      if (usable(address)) found.push(address);
    }
    this.#lookAhead(pool, count, usable, found);
    for (const slot of found.length < count ? this.#ends.first(count - found.length) : [])
      if (this.#isOver(slot, now) && usable(this.#columns.address[slot]!))
        found.push(this.#columns.address[slot]!);
    return found;
  }

  #lookAhead(pool: Pool, count: number, usable: (address: number) => boolean, found: number[]): void {
    let steps = LONGEST_LOOK;
    let passing = true;
    for (let range = this.#range; range < pool.ranges.length; range++) {
      const { from, to } = pool.ranges[range]!;
      for (let address = range === this.#range ? (this.#address ?? from) : from; address <= to; address++) {
        if (found.length >= count || steps-- === 0) return;
        const never = this.#byAddress.find(address) >= 0 || !inPool(pool, address);
        passing &&= never;
        if (passing) [this.#range, this.#address] = [range, address + 1];
        else if (!never && usable(address)) found.push(address);
      }
    }
  }

  /** Nobody answers at an address: it is given before those of which that is not known. */
  lookedAt(address: number, until: number): void {
    this.#lookedAt.delete(address);
    this.#lookedAt.set(address, until);
    for (const oldest of this.#lookedAt.keys()) {
      if (this.#lookedAt.size <= MOST_LOOKED_AT) break;
      this.#lookedAt.delete(oldest);
    }
  }

  #search(pool: Pool, free: (address: number) => boolean, now: number): number | undefined {
    return (
      this.#emptyOne(free, now) ??
      this.#returnedOne(free) ??
      this.#fresh(pool, free) ??
      this.#longestUnused(free, now)
    );
  }

  #emptyOne(free: (address: number) => boolean, now: number): number | undefined {
    for (const [address, until] of this.#lookedAt) {
      // It stays until it is taken: whoever asks may only want to know whether there is one.
      if (until > now && free(address)) return address;
      this.#lookedAt.delete(address);
    }
    return undefined;
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
