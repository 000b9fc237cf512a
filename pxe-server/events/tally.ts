/** Runs something later, once. @returns what takes it back */
export type Later = (milliseconds: number, run: () => void) => () => void;

/** By Node's own timers, which keep no process alive. */
const byNode: Later = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
};

/**
 * Turns a flood into a line now and then: the first of a kind is told at once, the rest of the interval
 * as one line with their number.
 */
export class Tally {
  readonly #interval: number;
  readonly #tell: (count: number, last: string) => void;
  #count = 0;
  #last = '';
  readonly #later: Later;
  #timer: (() => void) | undefined;

  constructor(tell: (count: number, last: string) => void, interval = 10_000, later = byNode) {
    this.#tell = tell;
    this.#interval = interval;
    this.#later = later;
  }

  add(what: string): void {
    this.#count += 1;
    this.#last = what;
    if (this.#timer) return;
    this.flush();
    this.#timer = this.#later(this.#interval, () => {
      this.#timer = undefined;
      this.flush();
    });
  }

  flush(): void {
    if (this.#count === 0) return;
    this.#tell(this.#count, this.#last);
    this.#count = 0;
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.flush();
  }
}
