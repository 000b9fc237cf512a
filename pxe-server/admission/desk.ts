import { RackhandError } from '../../builder/shared/errors.ts';
import { Admission, type BootWish, type Turn } from './admission.ts';
import type { QueueView } from './view.ts';
import { type AdmissionSettings, mediumWish, wishOf } from './wish.ts';

export interface DeskOptions {
  settings: AdmissionSettings;
  /** Bytes that went out so far; undefined when nobody knows. */
  sent: () => number | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** What makes scripts and sends files asks, and tells. */
export interface Turns {
  ask(
    ...about: [
      decision: Parameters<typeof wishOf>[0],
      sighting: Parameters<typeof wishOf>[1],
      address: string,
    ]
  ): Turn;
  /** @param waits it says that it waits for as long as it is told to */
  askMedium(bytes: number, address: string, waits: boolean): Turn;
  seen(address: string): void;
  /** @returns to be called at its end */
  download(address: string): (isWholeRoot: boolean) => void;
}

/** Milliseconds between two looks at the counters while somebody boots. */
const LOOK_MS = 250;

/** Admission with a clock and the counters of the interfaces. */
export class AdmissionDesk implements Turns {
  readonly #options: DeskOptions;
  readonly #admission: Admission;
  #looking: NodeJS.Timeout | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#admission = new Admission(options.settings.bandwidth);
  }

  ask(...[decision, sighting, address]: Parameters<Turns['ask']>): Turn {
    return this.#ask(wishOf(decision, sighting, address, this.#options.settings));
  }

  askMedium(bytes: number, address: string, waits: boolean): Turn {
    return this.#ask(mediumWish(bytes, address, waits, this.#options.settings));
  }

  seen(address: string): void {
    this.#admission.seen(address, this.#options.now());
  }

  download(address: string): (isWholeRoot: boolean) => void {
    this.#admission.downloadBegan(address, this.#options.now());
    return (isWholeRoot) => this.#admission.downloadEnded(address, isWholeRoot, this.#options.now());
  }

  /** @param key id of the host, else MAC */
  arrived(key: string): void {
    this.#admission.arrived(key);
  }

  view(): QueueView {
    const now = this.#options.now();
    this.#admission.forget(now);
    const { line } = this.#admission;
    const iso = (at: number) => new Date(at).toISOString();
    const about = ({ hostId, name, mac, address, bytes, groups }: BootWish) => {
      return { hostId, name, mac, address, bytes, lines: groups.map((group) => group.name) };
    };
    return {
      bandwidth: line.capacity(now),
      measured: line.configured === null,
      rate: Math.round(line.rate(now)),
      places: this.#admission.places(now),
      going: this.#admission.going().map(({ wish, since }) => ({ ...about(wish), since: iso(since) })),
      waiting: this.#admission.waiting(now).map(({ waiter, seconds }, i) => {
        return { place: i + 1, ...about(waiter.wish), since: iso(waiter.since), seconds };
      }),
    };
  }

  /** @param who id or name of a host, or MAC @param place 1 is the front @throws RackhandError host-not-waiting */
  move(who: string, place: number): QueueView {
    const waiting = this.#admission.waiting(this.#options.now());
    const found = waiting.find(({ waiter: { wish } }) => [wish.hostId, wish.name, wish.mac].includes(who));
    if (!found || !this.#admission.move(found.waiter.wish.key, place)) {
      const mend = 'see who does: rackhand queue list';
      throw new RackhandError('host-not-waiting', `${who} does not wait for its turn`, mend);
    }
    return this.view();
  }

  stop(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #ask(wish: BootWish): Turn {
    if (!this.#looking) {
      this.#look();
      this.#looking = setInterval(() => this.#look(), LOOK_MS).unref();
    }
    return this.#admission.ask(wish, this.#options.now());
  }

  #look(): void {
    const now = this.#options.now();
    const sent = this.#options.sent();
    if (sent !== undefined) this.#admission.line.sample(now, sent, this.#admission.downloads);
    this.#admission.forget(now);
    if (this.#looking && this.#admission.isIdle) this.stop();
  }
}
