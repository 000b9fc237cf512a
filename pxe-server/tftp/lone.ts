import type { Session } from './session.ts';

/** Turns in a row in which one transfer alone had something to do, before it is waited for. */
const STREAK = 8;
/** Packets of it that are taken before the others are looked at again. */
const STRETCH = 32;

/**
 * A transfer that has the server to itself is waited for at its own socket: two system calls for each block in
 * lock-step, where the turn through epoll makes them three and wakes the thread later. Others wait for that at most
 * some milliseconds, and only while it answers at once.
 */
export class LoneTransfer {
  #session: Session | undefined;
  #streak = 0;
  /** What this turn was for. */
  #now: Session | undefined;
  #others = false;

  /** A packet of that transfer was taken in this turn. */
  took(session: Session): void {
    if (this.#now !== undefined && this.#now !== session) this.#others = true;
    this.#now = session;
  }

  /** Something else happened in this turn. */
  disturbed(): void {
    this.#others = true;
  }

  /** At the end of each turn. */
  turnEnds(): void {
    if (this.#now === undefined && !this.#others) return; // a timer
    const alone = !this.#others && this.#now === this.#session;
    this.#streak = alone ? this.#streak + 1 : 0;
    this.#session = this.#others ? undefined : this.#now;
    this.#now = undefined;
    this.#others = false;
    if (this.#streak < STREAK || this.#session === undefined) return;
    for (let taken = 0; taken < STRETCH; taken++) {
      if (this.#session.ready(true)) continue;
      this.#streak = 0;
      return;
    }
  }
}
