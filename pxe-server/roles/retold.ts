/** Milliseconds after which a notice has had its effect: it was read, and is on the disk. */
const UNDER_WAY = 5000;
/** The launcher keeps twice as many for a role that is started again. */
const MOST = 5000;

/**
 * Notices that the other role may have had in its hands when it ended: they are told again to the one that takes its
 * place. For such alone as do no harm when they come twice. Time is passed in, milliseconds of any clock.
 */
export class Retold<T> {
  readonly #recent = new Map<number, { at: number; notice: T }>();
  #next = 0;

  add(notice: T, now: number): void {
    this.#forget(now);
    this.#recent.set(this.#next++, { at: now, notice });
    if (this.#recent.size > MOST) this.#recent.delete(this.#recent.keys().next().value!);
  }

  /** Oldest first. */
  all(now: number): T[] {
    this.#forget(now);
    return [...this.#recent.values()].map(({ notice }) => notice);
  }

  #forget(now: number): void {
    for (const [number, { at }] of this.#recent) {
      if (now - at < UNDER_WAY) return;
      this.#recent.delete(number);
    }
  }
}
