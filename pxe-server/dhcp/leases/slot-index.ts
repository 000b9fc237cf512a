import type { Client, Columns } from './columns.ts';

/**
 * Slots by a key that their columns hold: an open table with linear probing (Knuth, The Art of Computer Programming,
 * volume 3, 6.4, algorithm L, and R for taking out). It keeps four bytes a place and no object.
 */
abstract class SlotIndex {
  protected readonly columns: Columns;
  /** Slot + 1; 0: free. Its length is a power of two. */
  #table = new Int32Array(1024);
  #used = 0;

  constructor(columns: Columns) {
    this.columns = columns;
  }

  protected abstract hashOf(slot: number): number;

  /** Makes room for so many slots at once: what grows step by step is hashed anew at each. */
  reserve(slots: number): void {
    let length = this.#table.length;
    while (slots * 2 > length) length *= 2;
    if (length === this.#table.length) return;
    const old = this.#table;
    this.#table = new Int32Array(length);
    for (const entry of old) if (entry !== 0) this.#table[this.#placeFor(this.hashOf(entry - 1))] = entry;
  }

  add(slot: number): void {
    if ((this.#used + 1) * 2 > this.#table.length) this.reserve(this.#used + 1);
    this.#table[this.#placeFor(this.hashOf(slot))] = slot + 1;
    this.#used += 1;
  }

  delete(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let gap = this.hashOf(slot) & mask;
    while (table[gap] !== slot + 1) {
      if (table[gap] === 0) return;
      gap = (gap + 1) & mask;
    }
    this.#used -= 1;
    // What lies behind moves up, unless that would put it before the place it belongs to.
    for (let next = (gap + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const home = this.hashOf(table[next]! - 1) & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      table[gap] = table[next]!;
      gap = next;
    }
    table[gap] = 0;
  }

  /** The first slot at or after a place, and where to look on; -1 at the end of a run. */
  protected slotAt(place: number): number {
    return this.#table[place & (this.#table.length - 1)]! - 1;
  }

  #placeFor(hash: number): number {
    const mask = this.#table.length - 1;
    let place = hash & mask;
    while (this.#table[place] !== 0) place = (place + 1) & mask;
    return place;
  }
}

export class AddressIndex extends SlotIndex {
  find(address: number): number {
    for (let place = mix(address), slot = this.slotAt(place); slot >= 0; slot = this.slotAt(++place))
      if (this.columns.address[slot] === address) return slot;
    return -1;
  }

  protected hashOf(slot: number): number {
    return mix(this.columns.address[slot]!);
  }
}

/** One slot for a client in a network. */
export class ClientIndex extends SlotIndex {
  find(client: Client, network: number): number {
    const { columns } = this;
    let place = hashClient(client.low, client.high, network);
    for (let slot = this.slotAt(place); slot >= 0; slot = this.slotAt(++place))
      if (columns.network[slot] === network && columns.isOf(slot, client)) return slot;
    return -1;
  }

  protected hashOf(slot: number): number {
    return hashClient(this.columns.low[slot]!, this.columns.high[slot]!, this.columns.network[slot]!);
  }
}

function hashClient(low: number, high: number, network: number): number {
  return mix(low ^ Math.imul(high, 0x9e3779b1) ^ Math.imul(network, 0x85ebca77));
}

/** The finalizer of MurmurHash3; a positive number. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1;
}
