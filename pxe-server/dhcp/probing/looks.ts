/** RFC 5227 asks three times; that is for who is about to use an address, this is for who may give it. */
const PROBES = 2;
/** From one probe to the next, and from the last to the conclusion that nobody is there. Milliseconds. */
const PATIENCE = 1000;
/** What was found is good for so long. Milliseconds. */
export const REMEMBERED = 5 * 60_000;

export interface Turn {
  /** Addresses to send a probe for now. */
  ask: number[];
  /** Addresses where nobody has answered. */
  free: number[];
}

/**
 * Addresses that are being looked at, and those that were: when which is asked for. Times are milliseconds of a clock
 * that nobody sets.
 */
export class Looks {
  readonly #most: number;
  readonly #underway = new Map<number, { sent: number; due: number }>();
  /** Address → until when it need not be looked at again; the oldest first. */
  readonly #seen = new Map<number, number>();

  /** @param most addresses that are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  get busy(): boolean {
    return this.#underway.size > 0;
  }

  /** Whether an address was not looked at lately, nor is. */
  wants(address: number, now: number): boolean {
    return !this.#underway.has(address) && !((this.#seen.get(address) ?? 0) > now);
  }

  /** @param most probes that may be sent now; those that are underway go first */
  turn(candidates: readonly number[], most: number, now: number): Turn {
    const turn: Turn = { ask: [], free: [] };
    for (const [address, look] of this.#underway) {
      if (look.due > now) continue;
      if (look.sent === PROBES) {
        this.#remember(address, now);
        turn.free.push(address);
      } else if (turn.ask.length < most) {
        turn.ask.push(address);
        look.sent += 1;
        look.due = now + PATIENCE;
      }
    }
    for (const address of candidates) {
      if (turn.ask.length >= most) break;
      if (!this.wants(address, now)) continue;
      turn.ask.push(address);
      this.#underway.set(address, { sent: 1, due: now + PATIENCE });
    }
    return turn;
  }

  /** Somebody is there: no more probes. */
  answered(address: number, now: number): void {
    if (this.#underway.has(address)) this.#remember(address, now);
  }

  /** The probe could not be sent, so silence would say nothing. */
  failed(address: number): void {
    this.#underway.delete(address);
  }

  #remember(address: number, now: number): void {
    this.#underway.delete(address);
    this.#seen.delete(address);
    this.#seen.set(address, now + REMEMBERED);
    for (const [oldest, until] of this.#seen) {
      if (until > now && this.#seen.size <= this.#most) break;
      this.#seen.delete(oldest);
    }
  }
}
