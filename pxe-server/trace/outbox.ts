import type { Later } from '../events/tally.ts';
import type { Step } from './entry.ts';

/** Milliseconds: longer than DHCP gathers, so that an address is known before what is asked by it. */
const GATHER = 250;
/** Steps of a second that are told; the rest are counted. */
const PER_SECOND = 4000;

/** Gathers the steps that a role sees, and sends some at a time: whoever answers a machine waits for nothing. */
export class Outbox {
  readonly #send: (steps: Step[], left: number) => void;
  readonly #later: Later;
  #gathered: Step[] = [];
  #left = 0;
  #second = 0;
  #taken = 0;
  #cancel: (() => void) | undefined;

  /** @param send gets steps, and how many more there were than can be told */
  constructor(send: (steps: Step[], left: number) => void, later: Later) {
    this.#send = send;
    this.#later = later;
  }

  add(step: Step | undefined): void {
    if (!step) return;
    const second = Math.floor(step.at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    this.#taken += 1;
    if (this.#taken > PER_SECOND) this.#left += 1;
    else this.#gathered.push(step);
    this.#cancel ??= this.#later(GATHER, () => this.flush());
  }

  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#gathered.length === 0 && this.#left === 0) return;
    const [steps, left] = [this.#gathered, this.#left];
    this.#gathered = [];
    this.#left = 0;
    this.#send(steps, left);
  }
}
