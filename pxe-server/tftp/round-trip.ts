/** Milliseconds: how exact a measured time is at best (RFC 6298, G). */
const GRANULARITY = 5;

/** How long an answer takes, and how much that varies: RFC 6298 section 2. Pure. */
export class RoundTrip {
  #smoothed: number | undefined;
  #variation = 0;

  /** @param milliseconds from what was sent once to its answer; what was sent twice tells nothing (Karn) */
  add(milliseconds: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = milliseconds;
      this.#variation = milliseconds / 2;
      return;
    }
    this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - milliseconds);
    this.#smoothed = 0.875 * this.#smoothed + 0.125 * milliseconds;
  }

  /** Milliseconds; undefined before the first measured answer. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  /** Milliseconds after which what was sent has to be taken for lost; undefined before the first answer. */
  get timeout(): number | undefined {
    if (this.#smoothed === undefined) return undefined;
    return this.#smoothed + Math.max(GRANULARITY, 4 * this.#variation);
  }
}
