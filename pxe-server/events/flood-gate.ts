import { type Later, Tally } from './tally.ts';

/**
 * Events of one second that are told one by one; hundreds of machines that are switched on together stay
 * below. Those past it are counted, since every event costs its readers memory and the journal a row.
 */
const EVENTS_PER_SECOND = 500;

/** Lets events through one by one until there are too many in a second; the rest are told as a number. */
export class FloodGate<Told extends { message: string }> {
  readonly #tell: (event: Told) => void;
  readonly #rest: Tally;
  #second = 0;
  #told = 0;

  /** @param what the events are, "DHCP event(s)" */
  constructor(tell: (event: Told) => void, tellRest: (message: string) => void, what: string, later?: Later) {
    this.#tell = tell;
    const rest = (count: number, last: string) =>
      tellRest(`${count} more ${what} than can be told, the last: ${last}`);
    this.#rest = new Tally(rest, undefined, later);
  }

  /** @param now milliseconds of any clock */
  tell(event: Told, now = performance.now()): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    this.#told += 1;
    if (this.#told <= EVENTS_PER_SECOND) this.#tell(event);
    else this.#rest.add(event.message);
  }

  stop(): void {
    this.#rest.stop();
  }
}
