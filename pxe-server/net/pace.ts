/** Turns that followed each other at once until there is a pace: a single exchange, with its commit, is fewer. */
const STREAK = 8;

/**
 * How long a turn is put off under load, so that it takes all that has come in the meantime: a turn costs the same
 * for one packet and for fifty. What comes after a pause is taken at once.
 */
export class Pace {
  readonly #gap: number;
  #streak = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param gap milliseconds between turns under load */
  constructor(gap: number) {
    this.#gap = gap;
  }

  /** @returns milliseconds to wait before the next turn */
  wait(now: number): number {
    return this.#streak < STREAK ? 0 : Math.max(0, this.#last + this.#gap - now);
  }

  /** Something was ready. A turn that has waited counts as close behind the last when little more than the gap went by. */
  turned(now: number): void {
    this.#streak = now - this.#last < this.#gap * 1.5 ? this.#streak + 1 : 0;
    this.#last = now;
  }
}
