interface Bucket {
  left: number;
  filled: number;
}

/**
 * So many a minute for each key; what was not used is saved up for one minute. Time is passed in, milliseconds
 * of any clock.
 */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;

  /** @param most keys that are remembered; the one that was idle longest starts anew */
  constructor(most = 4096) {
    this.#most = most;
  }

  /** @returns whether there was one left */
  take(key: string, perMinute: number, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { left: perMinute, filled: now };
    // A clock that was set back takes nothing away.
    const minutes = Math.max(0, now - bucket.filled) / 60_000;
    bucket.left = Math.min(perMinute, bucket.left + minutes * perMinute);
    bucket.filled = now;
    const taken = bucket.left >= 1;
    if (taken) bucket.left -= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#most) this.#buckets.delete(this.#buckets.keys().next().value!);
    return taken;
  }
}
