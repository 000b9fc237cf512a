/** What a client does with a packet: `said` is to be sent on. */
export type Reaction = 'said' | 'nothing' | 'done' | 'failed';

export interface Wanted {
  file: string;
  blockSize: number;
  windowSize: number;
}

/**
 * A client's side of one transfer, the same towards every server: it acknowledges a whole window, or at once what it
 * has when a block is missing, once for each gap (RFC 7440 section 4), and compares every byte.
 */
export class Download {
  /** What was said last, and is said again after silence. */
  readonly said: Buffer;
  length: number;
  /** Why it failed. */
  why = '';
  readonly #expected: Buffer;
  #blockSize = 512;
  #windowSize = 1;
  #taken = 0;
  #acknowledged = 0;
  #gapAt = -1;

  constructor({ file, blockSize, windowSize }: Wanted, expected: Buffer) {
    const options = [
      'blksize',
      String(blockSize),
      ...(windowSize > 1 ? ['windowsize', String(windowSize)] : []),
    ];
    const texts = [file, 'octet', ...options].map((text) => `${text}\0`).join('');
    this.said = Buffer.alloc(Math.max(512, 2 + texts.length));
    this.length = 2 + this.said.write(texts, 2, 'latin1');
    this.said[1] = 1;
    this.#expected = expected;
  }

  take(packet: Buffer, length: number): Reaction {
    const kind = packet[1];
    if (kind === 6) return this.#options(packet.toString('latin1', 2, length - 1).split('\0'));
    if (kind === 3) return this.#data(packet, length);
    this.why = packet.toString('latin1', 4, length);
    return 'failed';
  }

  #options(texts: readonly string[]): Reaction {
    if (this.#taken > 0) return 'nothing';
    for (let i = 0; i + 1 < texts.length; i += 2) {
      if (texts[i]!.toLowerCase() === 'blksize') this.#blockSize = Number(texts[i + 1]);
      if (texts[i]!.toLowerCase() === 'windowsize') this.#windowSize = Number(texts[i + 1]);
    }
    return this.#acknowledge();
  }

  #data(packet: Buffer, length: number): Reaction {
    const block = (packet[2]! << 8) | packet[3]!;
    if (block !== ((this.#taken + 1) & 0xffff)) {
      if (this.#windowSize === 1 || this.#gapAt === this.#taken) return 'nothing';
      this.#gapAt = this.#taken;
      return this.#acknowledge();
    }
    const at = this.#taken * this.#blockSize;
    const end = at + length - 4;
    if (end > this.#expected.length || this.#expected.compare(packet, 4, length, at, end) !== 0) {
      this.why = `block ${block} is not as it was written`;
      return 'failed';
    }
    this.#taken += 1;
    const last = length - 4 < this.#blockSize;
    if (last || this.#taken - this.#acknowledged >= this.#windowSize) this.#acknowledge();
    else return 'nothing';
    if (!last) return 'said';
    if (end === this.#expected.length) return 'done';
    this.why = `ends after ${end} bytes`;
    return 'failed';
  }

  #acknowledge(): Reaction {
    this.#acknowledged = this.#taken;
    this.said[0] = 0;
    this.said[1] = 4;
    this.said[2] = (this.#taken >> 8) & 0xff;
    this.said[3] = this.#taken & 0xff;
    this.length = 4;
    return 'said';
  }
}
