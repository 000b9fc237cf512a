import type { Negotiated, TransferLimits } from './negotiate.ts';
import { RoundTrip } from './round-trip.ts';

/**
 * Milliseconds. A client on a fast network answers at once, but its machine may be busy for a while; what is sent
 * twice for that costs little. Each silent repeat waits longer.
 */
const LEAST_TIMEOUT = 100;
const LONGEST_TIMEOUT = 8000;
/** Milliseconds in which what was sent twice comes back, at least and at most. */
const LEAST_CALM = 20;
const LONGEST_CALM = 200;

/** What the sender does next: blocks are counted from 1 without wrapping; the codec cuts them to 16 bits. */
export type Step =
  | { kind: 'send'; from: number; to: number }
  | { kind: 'options' }
  | { kind: 'wait' }
  | { kind: 'done' }
  | { kind: 'give-up' };

/** One file to one client: the sender of RFC 1350 with the windows of RFC 7440. Pure; times are passed in. */
export class Transfer {
  /** A file whose size is a multiple of the block size ends with an empty block. */
  readonly blocks: number;
  readonly #negotiated: Negotiated;
  readonly #limits: TransferLimits;
  /** Blocks that the client has acknowledged. */
  #acknowledged = 0;
  #sent = 0;
  /** Highest block that was ever sent, and packets that were sent once more. */
  #highest = 0;
  #repeats = 0;
  #requested = 0;
  #optionsPending: boolean;
  #answered = false;
  #silences = 0;
  #silentFor = 0;
  /** When something was last sent, and when something was last sent that had been sent before. */
  #sentAt = 0;
  #repeatedAt = Number.NEGATIVE_INFINITY;
  readonly #roundTrip = new RoundTrip();

  constructor(size: number, negotiated: Negotiated, limits: TransferLimits) {
    this.#negotiated = negotiated;
    this.#limits = limits;
    this.blocks = Math.floor(size / negotiated.blockSize) + 1;
    this.#optionsPending = negotiated.accepted.size > 0;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Packets that were sent again. */
  get repeats(): number {
    return this.#repeats;
  }

  /** Those of them that the client asked for: it acknowledged less than was sent (RFC 7440 section 4). */
  get requested(): number {
    return this.#requested;
  }

  /** The client has acknowledged anything at all. */
  get answered(): boolean {
    return this.#answered;
  }

  /** All was sent, and a client that has all need not say so twice (RFC 1350 section 6). */
  get awaitsOnlyTheEnd(): boolean {
    return this.#answered && this.#sent === this.blocks;
  }

  /** @param now milliseconds of any clock that never goes back */
  start(now: number): Step {
    this.#sentAt = now;
    return this.#optionsPending ? { kind: 'options' } : this.#window(this.#acknowledged, now);
  }

  /** The client asks again: our first answer was lost. Once it has answered, its request is another one. */
  repeatStart(now: number): Step {
    return this.#answered ? { kind: 'wait' } : this.#again(now);
  }

  /** @param block 16 bits as received */
  acknowledge(block: number, now: number): Step {
    if (this.#optionsPending) {
      if (block !== 0) return { kind: 'wait' };
      this.#optionsPending = false;
      this.#heard(now);
      return this.#window(this.#acknowledged, now);
    }
    const ahead = (block - this.#acknowledged) & 0xffff;
    if (ahead > this.#sent - this.#acknowledged) return { kind: 'wait' };
    if (ahead === 0) return this.#repeatedAcknowledgement(now);
    this.#acknowledged += ahead;
    this.#heard(now);
    if (this.#acknowledged === this.blocks) return { kind: 'done' };
    // Short of the window's end: what followed was lost, so the window starts anew there (RFC 7440 section 4).
    if (this.#acknowledged < this.#sent && !this.#recovering(now)) return this.#onRequest(now);
    return this.#window(this.#sent, now);
  }

  /** Nothing came within `wait` milliseconds. */
  silence(now: number): Step {
    this.#silentFor += this.wait;
    this.#silences += 1;
    const { retries, unansweredRetries, patience } = this.#limits;
    if (this.#silences > (this.#answered ? retries : unansweredRetries) || this.#silentFor >= patience)
      return { kind: 'give-up' };
    return this.#again(now);
  }

  /** Milliseconds to wait for the client now: after the round trips seen (RFC 6298), doubled by each silence. */
  get wait(): number {
    const { timeout, adaptive } = this.#negotiated;
    const seen = adaptive ? (this.#roundTrip.timeout ?? timeout) : timeout;
    const first = Math.min(timeout, Math.max(seen, LEAST_TIMEOUT));
    const backedOff =
      this.#silences === 0
        ? first
        : Math.min(first * 2 ** this.#silences, Math.max(LONGEST_TIMEOUT, timeout));
    return Math.min(backedOff, this.#limits.patience - this.#silentFor);
  }

  /**
   * In lock-step a repeated ACK is never answered: that is the Sorcerer's Apprentice (RFC 1123 4.2.3.1).
   * In a window it says that the first block was lost.
   */
  #repeatedAcknowledgement(now: number): Step {
    if (this.#negotiated.windowSize === 1 || this.#recovering(now)) return { kind: 'wait' };
    return this.#onRequest(now);
  }

  /**
   * What was sent twice is acknowledged twice, and more: EDK2 answers every block that it did not expect.
   * Were those answers taken for losses, each window sent again would double all that follow.
   */
  #recovering(now: number): boolean {
    const calm = Math.max(LEAST_CALM, 2 * (this.#roundTrip.smoothed ?? 0));
    return now - this.#repeatedAt < Math.min(calm, LONGEST_CALM);
  }

  #heard(now: number): void {
    this.#answered = true;
    this.#silences = 0;
    this.#silentFor = 0;
    // An answer to something that was sent twice tells nothing of the round trip (Karn).
    if (this.#repeatedAt < this.#sentAt) this.#roundTrip.add(now - this.#sentAt);
  }

  #onRequest(now: number): Step {
    const before = this.#repeats;
    const step = this.#again(now);
    this.#requested += this.#repeats - before;
    return step;
  }

  #again(now: number): Step {
    this.#repeatedAt = now;
    if (!this.#optionsPending) return this.#window(this.#acknowledged, now);
    this.#repeats += 1;
    return { kind: 'options' };
  }

  /** Blocks after `from` up to the end of the window; nothing when all of them are on their way. */
  #window(from: number, now: number): Step {
    const to = Math.min(this.#acknowledged + this.#negotiated.windowSize, this.blocks);
    this.#sent = to;
    if (from === to) return { kind: 'wait' };
    this.#repeats += Math.max(0, Math.min(to, this.#highest) - from);
    this.#highest = Math.max(to, this.#highest);
    this.#sentAt = now;
    return { kind: 'send', from: from + 1, to };
  }
}
