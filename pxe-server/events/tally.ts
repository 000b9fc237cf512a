/**
 * Turns a flood into a line now and then: the first of a kind is told at once, the rest of the interval
 * as one line with their number.
 */
export class Tally {
  readonly #interval: number;
  readonly #tell: (count: number, last: string) => void;
  #count = 0;
  #last = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (count: number, last: string) => void, interval = 10_000) {
    this.#tell = tell;
    this.#interval = interval;
  }

  add(what: string): void {
    this.#count += 1;
    this.#last = what;
    if (this.#timer) return;
    this.flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, this.#interval);
    this.#timer.unref();
  }

  flush(): void {
    if (this.#count === 0) return;
    this.#tell(this.#count, this.#last);
    this.#count = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.flush();
  }
}
