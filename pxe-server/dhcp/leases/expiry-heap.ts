import type { Columns } from './columns.ts';

/** Slots of a network, the one that ends first on top; each knows its place (`Columns.position`). */
export class ExpiryHeap {
  readonly #columns: Columns;
  #slots = new Int32Array(64);
  #size = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** -1 when empty. */
  top(): number {
    return this.#size === 0 ? -1 : this.#slots[0]!;
  }

  /** Adds a slot, or moves it after its end has changed. */
  put(slot: number): void {
    let at = this.#columns.position[slot]!;
    if (at < 0) {
      if (this.#size === this.#slots.length) this.#grow();
      at = this.#size++;
    }
    this.#settle(slot, at);
  }

  delete(slot: number): void {
    const at = this.#columns.position[slot]!;
    if (at < 0) return;
    this.#columns.position[slot] = -1;
    this.#size -= 1;
    if (at < this.#size) this.#settle(this.#slots[this.#size]!, at);
  }

  /** The next ones to end, roughly in order: the top of the heap. */
  first(count: number): number[] {
    return [...this.#slots.subarray(0, Math.min(count, this.#size))];
  }

  #settle(slot: number, from: number): void {
    const { expires, position } = this.#columns;
    const slots = this.#slots;
    const end = expires[slot]!;
    let at = from;
    for (let parent = (at - 1) >> 1; at > 0 && expires[slots[parent]!]! > end; parent = (at - 1) >> 1) {
      slots[at] = slots[parent]!;
      position[slots[at]!] = at;
      at = parent;
    }
    for (let child = 2 * at + 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && expires[slots[child + 1]!]! < expires[slots[child]!]!) child += 1;
      if (expires[slots[child]!]! >= end) break;
      slots[at] = slots[child]!;
      position[slots[at]!] = at;
      at = child;
    }
    slots[at] = slot;
    position[slot] = at;
  }

  #grow(): void {
    const wider = new Int32Array(this.#slots.length * 2);
    wider.set(this.#slots);
    this.#slots = wider;
  }
}
