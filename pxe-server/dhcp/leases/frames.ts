import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { macText } from '../../net/mac.ts';
import type { Lease } from './lease.ts';

/** First bytes of a file; the digit is the version of the format. */
export const MAGIC = Buffer.from('RHLEASE1');

/** A mark, the bytes of the records that follow, and their CRC-32. */
const MARK = Buffer.from('RHLF');
const HEAD = 12;
/** State, length of the client, address, end. */
const RECORD = 15;
const LONGEST_FRAME = 64 << 20;
const STATES = ['bound', 'released', 'declined'] as const;
/** The client is a hardware address of six bytes, not a text. */
const HARDWARE = 0x80;

/** Collects the leases of a commit. */
export class FrameWriter {
  #bytes = Buffer.alloc(64 << 10);
  #end = HEAD;

  get isEmpty(): boolean {
    return this.#end === HEAD;
  }

  /** More than a reader takes for a frame. */
  get isTooLong(): boolean {
    return this.#end - HEAD > LONGEST_FRAME;
  }

  add({ address, client, state, expires }: Lease): void {
    const mac = macBytes(client);
    const key = mac ?? Buffer.from(client, 'latin1');
    if (key.length > 1023) throw new RangeError(`a client's name of ${key.length} bytes`);
    if (this.#end + RECORD + key.length > this.#bytes.length) this.#grow();
    const code = STATES.indexOf(state as (typeof STATES)[number]);
    if (code < 0) throw new RangeError(`a lease that is ${state} is not kept`);
    const bytes = this.#bytes;
    let at = this.#end;
    at = bytes.writeUInt8(code | (mac ? HARDWARE : 0), at);
    at = bytes.writeUInt16LE(key.length, at);
    at = bytes.writeUInt32LE(address, at);
    at = bytes.writeDoubleLE(expires, at);
    at += key.copy(bytes, at);
    this.#end = at;
  }

  /** The frame, good until the next `add`. */
  take(): Buffer {
    const frame = this.#bytes.subarray(0, this.#end);
    MARK.copy(frame);
    frame.writeUInt32LE(this.#end - HEAD, 4);
    frame.writeUInt32LE(crc32(frame.subarray(HEAD)), 8);
    this.#end = HEAD;
    return frame;
  }

  #grow(): void {
    const wider = Buffer.alloc(this.#bytes.length * 2);
    this.#bytes.copy(wider);
    this.#bytes = wider;
  }
}

/**
 * @returns where the next frame belongs; 0 for an empty file
 * @throws RackhandError leases-broken when there are commits behind one that cannot be read: those are damaged, not half
 */
export function readFrames(path: string, take: (lease: Lease) => void): number {
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    const start = read(fd, 0, MAGIC.length);
    if (start.length < MAGIC.length || start.every((byte) => byte === 0)) return 0;
    if (!start.equals(MAGIC)) throw broken(path, 0, 'it is no log of leases of this version');
    let at = MAGIC.length;
    for (let records = frameAt(fd, at); records; records = frameAt(fd, at)) {
      readRecords(records, take);
      at += HEAD + records.length;
    }
    if (hasFrameAfter(fd, at, size)) throw broken(path, at, 'there are commits behind it');
    return at;
  } finally {
    closeSync(fd);
  }
}

function readRecords(records: Buffer, take: (lease: Lease) => void): void {
  for (let at = 0; at < records.length; ) {
    const code = records[at]!;
    const length = records.readUInt16LE(at + 1);
    const address = records.readUInt32LE(at + 3);
    const expires = records.readDoubleLE(at + 7);
    const key = records.subarray(at + 15, at + 15 + length);
    const client = code & HARDWARE ? macText(key) : key.toString('latin1');
    take({ address, client, state: STATES[code & 0x7f]!, expires });
    at += 15 + length;
  }
}

/** The records of a whole frame. */
function frameAt(fd: number, at: number): Buffer | undefined {
  const head = read(fd, at, HEAD);
  if (head.length < HEAD || !head.subarray(0, 4).equals(MARK)) return undefined;
  const length = head.readUInt32LE(4);
  if (length === 0 || length > LONGEST_FRAME) return undefined;
  const records = read(fd, at + HEAD, length);
  return records.length === length && crc32(records) === head.readUInt32LE(8) ? records : undefined;
}

/**
 * A commit that a crash left half is the last thing in its file, whichever of its sectors were written: the next one
 * waits for it. A whole frame further on says that something else went wrong.
 */
function hasFrameAfter(fd: number, from: number, size: number): boolean {
  const portion = 1 << 20;
  for (let at = from + 1; at < size; at += portion - MARK.length) {
    const bytes = read(fd, at, portion);
    for (let hit = bytes.indexOf(MARK); hit >= 0; hit = bytes.indexOf(MARK, hit + 1))
      if (frameAt(fd, at + hit)) return true;
  }
  return false;
}

function broken(path: string, at: number, why: string): RackhandError {
  const told = `the leases in ${path} are damaged at byte ${at}: ${why}`;
  const mend = `put a copy of the file back, or move it away and start with: rackhand leases import FILE`;
  return new RackhandError('leases-broken', told, mend);
}

function read(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, at + filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}

function macBytes(client: string): Buffer | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(client)
    ? Buffer.from(client.replaceAll(':', ''), 'hex')
    : undefined;
}
