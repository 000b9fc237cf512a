import { Heap } from '../../net/heap.ts';
import { isOver6, type Lease6 } from './lease.ts';

const endOf = ({ expires }: Lease6) => expires;

/**
 * Leases by their ends, the first on top of a heap. A lease that was replaced stays in it until it comes up: what is
 * current says `isCurrent`.
 */
export class Ends {
  readonly #isCurrent: (lease: Lease6) => boolean;
  #heap = new Heap<Lease6>(endOf);
  #current = 0;

  constructor(isCurrent: (lease: Lease6) => boolean) {
    this.#isCurrent = isCurrent;
  }

  add(lease: Lease6): void {
    this.#heap.push(lease);
    // Every renewal leaves one behind.
    if (this.#heap.size < 64 + 2 * this.#current) return;
    this.#heap = new Heap(endOf, [...this.#heap].filter(this.#isCurrent));
    this.#current = this.#heap.size;
  }

  /** The one that was over first, of those that fit. It stays. */
  first(now: number, fits: (lease: Lease6) => boolean): Lease6 | undefined {
    const passed: Lease6[] = [];
    let found: Lease6 | undefined;
    for (let lease = this.#heap.first; !found && lease && lease.expires <= now; lease = this.#heap.first) {
      this.#heap.pop();
      if (!this.#isCurrent(lease)) continue;
      passed.push(lease);
      if (isOver6(lease, now) && fits(lease)) found = lease;
    }
    for (const lease of passed) this.#heap.push(lease);
    return found;
  }
}
