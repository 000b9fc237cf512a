/** One file to one client: the sender of RFC 1350 with RFC 2348, 2349 and 7440. Pure; times are passed in. */

export interface Negotiated {
  blockSize: number;
  windowSize: number;
  /** Milliseconds before something is sent again. */
  timeout: number;
  /** What the option acknowledgement says; empty: none is sent. */
  accepted: Map<string, string>;
}

export interface TransferLimits {
  /** Larger blocks would be cut into fragments by Ethernet, which many a ROM cannot join. */
  blockSize: number;
  windowSize: number;
  /** Silent repeats before the transfer is given up. */
  retries: number;
}

export const DEFAULT_LIMITS: TransferLimits = { blockSize: 1468, windowSize: 64, retries: 6 };

const DEFAULT_TIMEOUT = 1000;
/** Each silent repeat waits longer, up to here. */
const LONGEST_TIMEOUT = 8000;

/** Values out of their RFC's bounds are left unanswered, as if the option were unknown. */
export function negotiate(
  options: ReadonlyMap<string, string>,
  size: number,
  limits: TransferLimits,
): Negotiated {
  const accepted = new Map<string, string>();
  const number = (name: string, least: number, most: number) => {
    const text = options.get(name);
    const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
  const take = (name: string, value: number | undefined) => {
    if (value !== undefined) accepted.set(name, String(value));
    return value;
  };
  const least = (a: number | undefined, b: number) => (a === undefined ? undefined : Math.min(a, b));
  const blockSize = take('blksize', least(number('blksize', 8, 65464), limits.blockSize));
  const windowSize = take('windowsize', least(number('windowsize', 1, 65535), limits.windowSize));
  const seconds = take('timeout', number('timeout', 1, 255));
  if (options.has('tsize')) take('tsize', size);
  return {
    blockSize: blockSize ?? 512,
    windowSize: windowSize ?? 1,
    timeout: seconds === undefined ? DEFAULT_TIMEOUT : seconds * 1000,
    accepted,
  };
}

/** What the sender does next: blocks are counted from 1 without wrapping; the codec cuts them to 16 bits. */
export type Step =
  | { kind: 'send'; from: number; to: number }
  | { kind: 'options' }
  | { kind: 'wait' }
  | { kind: 'done' }
  | { kind: 'give-up' };

export class Transfer {
  /** A file whose size is a multiple of the block size ends with an empty block. */
  readonly blocks: number;
  readonly #negotiated: Negotiated;
  readonly #limits: TransferLimits;
  /** Blocks that the client has acknowledged. */
  #acknowledged = 0;
  #sent = 0;
  #optionsPending: boolean;
  /** A window is sent again at most once for acknowledgements that repeat themselves. */
  #repeated = false;
  #silences = 0;

  constructor(size: number, negotiated: Negotiated, limits: TransferLimits) {
    this.#negotiated = negotiated;
    this.#limits = limits;
    this.blocks = Math.floor(size / negotiated.blockSize) + 1;
    this.#optionsPending = negotiated.accepted.size > 0;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  start(): Step {
    return this.#optionsPending ? { kind: 'options' } : this.#window();
  }

  /** @param block 16 bits as received */
  acknowledge(block: number): Step {
    if (this.#optionsPending) {
      if (block !== 0) return { kind: 'wait' };
      this.#optionsPending = false;
      this.#silences = 0;
      return this.#window();
    }
    const ahead = (block - this.#acknowledged) & 0xffff;
    if (ahead > this.#sent - this.#acknowledged) return { kind: 'wait' };
    if (ahead === 0) return this.#repeatedAcknowledgement();
    this.#acknowledged += ahead;
    this.#silences = 0;
    this.#repeated = false;
    if (this.#acknowledged === this.blocks) return { kind: 'done' };
    // Short of the window's end: what followed was lost, so the window starts anew there (RFC 7440 section 4).
    return this.#window();
  }

  /** Nothing came within `wait` milliseconds. */
  silence(): Step {
    this.#silences += 1;
    if (this.#silences > this.#limits.retries) return { kind: 'give-up' };
    return this.#optionsPending ? { kind: 'options' } : this.#window();
  }

  /** Milliseconds to wait for the client now. */
  get wait(): number {
    return Math.min(
      this.#negotiated.timeout * 2 ** this.#silences,
      Math.max(LONGEST_TIMEOUT, this.#negotiated.timeout),
    );
  }

  /**
   * In lock-step a repeated ACK is never answered: that is the Sorcerer's Apprentice (RFC 1123 4.2.3.1).
   * In a window it says that the first block was lost.
   */
  #repeatedAcknowledgement(): Step {
    if (this.#negotiated.windowSize === 1 || this.#repeated) return { kind: 'wait' };
    this.#repeated = true;
    return this.#window();
  }

  #window(): Step {
    const from = this.#acknowledged + 1;
    const to = Math.min(this.#acknowledged + this.#negotiated.windowSize, this.blocks);
    this.#sent = to;
    return { kind: 'send', from, to };
  }
}
