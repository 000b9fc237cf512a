import { forgetOldest } from '../events/oldest.ts';
import type { Step } from '../trace/entry.ts';
import { parseSyslog } from './message.ts';

interface Parts {
  /** Gets a line of an installer, with the address that it came from. */
  tell: (step: Step) => void;
  /** A number of lines that were not taken, for people. */
  surplus: (message: string) => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Lines of a second: from an address that installs, after a burst; and from all others together. */
const RATE = 50;
const BURST = 1000;
const STRANGERS = 20;
/** Lines of a second from everybody. */
const TOGETHER = 2000;
/** Milliseconds that an installation may take, and how many are known at most. */
const INSTALL_MS = 12 * 3_600_000;
const MOST = 8192;

interface Installing {
  since: number;
  left: number;
  at: number;
}

/** What installers write to syslog, as steps of their boots: never more than can be kept, whoever sends it. */
export class SyslogDesk {
  readonly #parts: Parts;
  /** By address. */
  readonly #installing = new Map<string, Installing>();
  #second = 0;
  #taken = 0;
  #strangers = 0;
  #left = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A kickstart went to that address: what comes from there has a share of its own. */
  installs(address: string): void {
    const now = this.#parts.now();
    this.#installing.delete(address);
    this.#installing.set(address, { since: now, left: BURST, at: now });
    forgetOldest(this.#installing, MOST);
  }

  heard(bytes: Buffer, address: string): void {
    const now = this.#parts.now();
    this.#nextSecond(Math.floor(now / 1000));
    if (!this.#mayTake(address, now)) {
      this.#left += 1;
      return;
    }
    const message = parseSyslog(bytes);
    if (!message || message.text === '') return;
    const { severity, program, text } = message;
    const said = { message: text, severity, ...(program === '' ? {} : { program }) };
    this.#parts.tell({ at: now, address, fact: { layer: 'installer', step: 'log', ...said } });
  }

  #mayTake(address: string, now: number): boolean {
    if (this.#taken >= TOGETHER) return false;
    const known = this.#installing.get(address);
    if (!known || now - known.since > INSTALL_MS) {
      if (this.#strangers >= STRANGERS) return false;
      this.#strangers += 1;
    } else {
      known.left = Math.min(BURST, known.left + ((now - known.at) / 1000) * RATE);
      known.at = now;
      if (known.left < 1) return false;
      known.left -= 1;
    }
    this.#taken += 1;
    return true;
  }

  #nextSecond(second: number): void {
    if (second === this.#second) return;
    this.#second = second;
    this.#taken = 0;
    this.#strangers = 0;
    if (this.#left > 0) this.#parts.surplus(`${this.#left} line(s) of syslog more than can be kept`);
    this.#left = 0;
  }
}
