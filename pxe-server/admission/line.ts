/** What came out of looking at the counters of the interfaces. */
interface Sample {
  at: number;
  bytes: number;
}

/** Milliseconds over which the rate is taken: a TCP burst is no full line. */
const WINDOW = 1000;
/** Peaks of so many milliseconds are kept as one, and so many of them. */
const PEAK_SPAN = 10_000;
const PEAKS = 60;
/** Downloads from which on a low rate of each says something of the line. */
export const CROWD = 8;
/** Bytes a second: 100 Mbit/s. A machine that gets less, with others beside it, is slowed down by the line. */
const SLOW = 12_500_000;
/** Milliseconds that they must get no more before the line counts as exhausted, and for which it does so then. */
const EXHAUSTED_AFTER = 3000;
const EXHAUSTED_FOR = 600_000;

/** How wide the line is and how full, in bytes a second; time is passed in, milliseconds of any clock. Pure. */
export class Line {
  /** Told by the configuration; null: measured. */
  readonly configured: number | null;
  #samples: Sample[] = [];
  /** Highest rate of each span, by the number of the span. */
  readonly #peaks = new Map<number, number>();
  #slowSince: number | null = null;
  #exhaustedAt: number | null = null;

  constructor(configured: number | null) {
    this.configured = configured;
  }

  /** @param bytes sent so far by the interfaces @param downloads that run */
  sample(now: number, bytes: number, downloads: number): void {
    const last = this.#samples.at(-1);
    // An interface that was made anew counts from zero.
    if (last && (bytes < last.bytes || now <= last.at)) this.#samples = [];
    this.#samples.push({ at: now, bytes });
    while (this.#samples.length > 2 && this.#samples[1]!.at <= now - WINDOW) this.#samples.shift();
    if (this.#samples[0]!.at > now - WINDOW / 2) return; // too short to say anything
    const rate = this.rate(now);
    this.#keepPeak(now, rate);
    this.#judge(now, rate, downloads);
  }

  /** Bytes a second that go out now; 0 when nobody has looked. */
  rate(now: number): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at === first.at || now - last.at > 2 * WINDOW) return 0;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }

  /** Bytes a second; null when nobody has to wait for it. */
  capacity(now: number): number | null {
    if (this.configured !== null) return this.configured;
    const isExhausted = this.#exhaustedAt !== null && now - this.#exhaustedAt < EXHAUSTED_FOR;
    return isExhausted ? Math.max(1, ...this.#peaks.values()) : null;
  }

  #keepPeak(now: number, rate: number): void {
    const span = Math.floor(now / PEAK_SPAN);
    this.#peaks.set(span, Math.max(rate, this.#peaks.get(span) ?? 0));
    for (const old of this.#peaks.keys()) if (old <= span - PEAKS) this.#peaks.delete(old);
  }

  #judge(now: number, rate: number, downloads: number): void {
    if (downloads < CROWD || rate / downloads >= SLOW) this.#slowSince = null;
    else this.#slowSince ??= now;
    if (this.#slowSince !== null && now - this.#slowSince >= EXHAUSTED_AFTER) this.#exhaustedAt = now;
  }
}
