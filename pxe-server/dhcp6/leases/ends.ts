import { isOver6, type Lease6 } from './lease.ts';

/**
 * Leases by their ends, the first on top of a heap. A lease that was replaced stays in it until it comes up: what is
 * current says `isCurrent`.
 */
export class Ends {
  readonly #isCurrent: (lease: Lease6) => boolean;
  #heap: Lease6[] = [];
  #current = 0;

  constructor(isCurrent: (lease: Lease6) => boolean) {
    this.#isCurrent = isCurrent;
  }

  add(lease: Lease6): void {
    this.#push(lease);
    // Every renewal leaves one behind.
    if (this.#heap.length < 64 + 2 * this.#current) return;
    const current = this.#heap.filter(this.#isCurrent);
    this.#heap = [];
    for (const one of current) this.#push(one);
    this.#current = current.length;
  }

  /** The one that was over first, of those that fit. It stays. */
  first(now: number, fits: (lease: Lease6) => boolean): Lease6 | undefined {
    const passed: Lease6[] = [];
    let found: Lease6 | undefined;
    while (!found && this.#heap[0] && this.#heap[0].expires <= now) {
      const lease = this.#pop();
      if (!this.#isCurrent(lease)) continue;
      passed.push(lease);
      if (isOver6(lease, now) && fits(lease)) found = lease;
    }
    for (const lease of passed) this.#push(lease);
    return found;
  }

  #push(lease: Lease6): void {
    const heap = this.#heap;
    let at = heap.length;
    for (let up = (at - 1) >> 1; at > 0 && heap[up]!.expires > lease.expires; up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = lease;
  }

  #pop(): Lease6 {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.expires < heap[child]!.expires) child += 1;
      if (heap[child]!.expires >= last.expires) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
