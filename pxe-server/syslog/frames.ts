import { MESSAGE_BYTES } from './message.ts';

/**
 * Takes messages out of a TCP stream (RFC 6587): counted ("12 <6>a message"), or ended by a line feed or NUL, as rsyslog
 * does by default. Holds one message at most; of one that is longer the beginning counts.
 */
export class SyslogFrames {
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of a message that are passed over, or until its end. */
  #skip: number | 'line' = 0;

  push(chunk: Buffer, take: (message: Buffer) => void): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      const next = this.#next(bytes, take);
      if (next === undefined) break;
      bytes = bytes.subarray(next);
    }
    // A copy: the chunk is much larger than what is left of it.
    this.#rest = Buffer.from(bytes);
  }

  /** Bytes that were dealt with; undefined while more has to come. */
  #next(bytes: Buffer, take: (message: Buffer) => void): number | undefined {
    if (bytes.length === 0) return undefined;
    if (typeof this.#skip === 'number' && this.#skip > 0) {
      const passed = Math.min(this.#skip, bytes.length);
      this.#skip -= passed;
      return passed;
    }
    if (this.#skip === 'line') {
      const end = endOf(bytes);
      if (end >= 0) this.#skip = 0;
      return end < 0 ? bytes.length : end + 1;
    }
    const counted = /^([1-9]\d{0,4}) (?=<|$)/.exec(bytes.toString('latin1', 0, 8));
    if (counted) return this.#counted(bytes, counted[0].length, Number(counted[1]), take);
    if (bytes.length < 7 && /^[1-9]\d{0,4} ?$/.test(bytes.toString('latin1'))) return undefined;
    const end = endOf(bytes);
    if (end >= 0) {
      if (end > 0) take(bytes.subarray(0, Math.min(end, MESSAGE_BYTES)));
      return end + 1;
    }
    if (bytes.length < MESSAGE_BYTES) return undefined;
    take(bytes.subarray(0, MESSAGE_BYTES));
    this.#skip = 'line';
    return MESSAGE_BYTES;
  }

  #counted(bytes: Buffer, head: number, size: number, take: (message: Buffer) => void): number | undefined {
    const kept = Math.min(size, MESSAGE_BYTES);
    if (bytes.length < head + kept) return undefined;
    take(bytes.subarray(head, head + kept));
    this.#skip = size - kept;
    return head + kept;
  }
}

/** Where the first line feed or NUL is. */
function endOf(bytes: Buffer): number {
  const [line, nul] = [bytes.indexOf(0x0a), bytes.indexOf(0)];
  return line < 0 || (nul >= 0 && nul < line) ? nul : line;
}
