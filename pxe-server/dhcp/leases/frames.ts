import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { RackhandError } from '../../../builder/shared/errors.ts';
import type { Lease } from './lease.ts';
import { leaseRecord, type RecordCodec, type RecordWriter } from './record.ts';

/** A mark, the bytes of the records that follow, and their CRC-32. */
const MARK = Buffer.from('RHLF');
const HEAD = 12;
/** Bytes of a lease of a hardware address. */
const SHORTEST = 21;
const LONGEST_FRAME = 64 << 20;

/** Collects the leases of a commit. */
export class FrameWriter<L = Lease> {
  readonly #record: RecordWriter<L>;
  #bytes = Buffer.alloc(64 << 10);
  #end = HEAD;

  constructor(record = leaseRecord as unknown as RecordWriter<L>) {
    this.#record = record;
  }

  get isEmpty(): boolean {
    return this.#end === HEAD;
  }

  /** More than a reader takes for a frame. */
  get isTooLong(): boolean {
    return this.#end - HEAD > LONGEST_FRAME;
  }

  add(lease: L): void {
    if (this.#end + this.#record.longest > this.#bytes.length) this.#grow();
    this.#end = this.#record.write(lease, this.#bytes, this.#end);
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

/** Leases that a log has at most, by its size: most records are as short as those of a hardware address. */
export function mostLeasesIn(path: string): number {
  const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 };
  return Math.floor(size / SHORTEST);
}

/**
 * @returns where the next frame belongs; 0 for an empty file
 * @throws RackhandError leases-broken when there are commits behind one that cannot be read: those are damaged, not half
 */
export function readFrames<Read = Lease>(
  path: string,
  take: (lease: Read) => void,
  record: Pick<RecordCodec<never, Read>, 'magic' | 'read'>,
): number {
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    const { magic } = record;
    const start = read(fd, 0, magic.length);
    if (start.length < magic.length || start.every((byte) => byte === 0)) return 0;
    if (!start.equals(magic)) throw broken(path, 0, 'it is no log of leases of this version');
    let at = magic.length;
    for (let records = frameAt(fd, at); records; records = frameAt(fd, at)) {
      for (let next = 0; next < records.length; ) next = record.read(records, next, take);
      at += HEAD + records.length;
    }
    if (hasFrameAfter(fd, at, size)) throw broken(path, at, 'there are commits behind it');
    return at;
  } finally {
    closeSync(fd);
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
