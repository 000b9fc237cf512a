import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { RackhandError } from '../../../builder/shared/errors.ts';
import { FrameWriter, readFrames } from './frames.ts';
import type { Lease } from './lease.ts';
import { leaseRecord, type RecordCodec, type RecordWriter } from './record.ts';
import { type Syncer, syncHere } from './syncer.ts';

/** Zeros that lie ahead of what is written, in bytes: writing over them changes no length, so a commit is one write. */
const AHEAD = 64 << 10;
const ZEROS = Buffer.alloc(AHEAD);
/** A log that has grown to this many times what it has to say, and by this many bytes, is written anew. */
const GROWTH = 3;
const SMALLEST_GAIN = 4 << 20;
/** Leases of one step of writing anew; between steps packets are answered. */
const STEP = 2000;

/** Milliseconds until a disk that failed is tried again. */
const RETRY = 500;

/** What a log written anew has to hold. */
export interface Kept<L = Lease> {
  size: number;
  kept(from: number, count: number, take: (lease: L) => void): number | undefined;
}

/**
 * Leases on disk: a file that only grows, a frame for each commit, written anew when most of it is stale. RFC 2131
 * 2.1 wants a binding to survive the server, so an ACK leaves only after the frame with its lease is on the disk; all
 * answers of a turn share one. See docs/decisions/0012.
 */
export class LeaseLog<L = Lease, Read = L> {
  readonly #path: string;
  readonly #record: RecordWriter<L>;
  readonly #frame: FrameWriter<L>;
  #fd: number;
  #end: number;
  #zeroed: number;
  /** After a failed write nobody knows what is on the disk (fsync(2)): only a new file is to be trusted. */
  #broken: { error: unknown; retry: number } | undefined;
  #anew: { fd: number; end: number; from: number } | undefined;
  /** Bytes of a lease, as the last time that all were written. */
  #perLease = 32;
  readonly #syncer: Syncer;
  #syncing = false;

  /**
   * Reads what is there; a frame that a crash left half is cut off.
   * @param take each lease as it was committed; the last of an address counts
   * @throws RackhandError leases-broken
   */
  constructor(
    path: string,
    take: (lease: Read) => void,
    record = leaseRecord as unknown as RecordCodec<L, Read>,
    syncer: Syncer = syncHere,
  ) {
    this.#path = path;
    this.#record = record;
    this.#frame = new FrameWriter(record);
    this.#syncer = syncer;
    try {
      const end = existsSync(path) ? readFrames(path, take, record) : 0;
      this.#fd = openSync(path, end > 0 ? 'r+' : 'w+', 0o600);
      this.#end = end;
      if (end === 0) this.#end = writeAll(this.#fd, record.magic, 0);
      this.#zeroed = this.#end;
      this.#zeroAhead();
      fsyncSync(this.#fd);
      syncFolder(path);
    } catch (cause) {
      if (cause instanceof RackhandError) throw cause;
      const told = `cannot use the leases in ${path}: ${cause instanceof Error ? cause.message : cause}`;
      throw new RackhandError('leases-broken', told, 'check the folder, its owner and free space', { cause });
    }
  }

  /** Puts a lease into the next commit. */
  add(lease: L): void {
    this.#frame.add(lease);
  }

  /** Whether there is something to commit. */
  get waits(): boolean {
    return !this.#frame.isEmpty;
  }

  /** Whether something is on its way to the disk: one thing at a time. */
  get isSyncing(): boolean {
    return this.#syncing;
  }

  /**
   * Writes what was added, or a frame of its own, and waits for the disk. After an error nothing of it counts.
   * @throws Error
   */
  commit(all: Kept<L>, from: FrameWriter<L> = this.#frame): void {
    this.#write(all, from);
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * As `commit`, with the syncer's thread waiting.
   * @param done called with the error after which nothing of it counts; at once or later
   */
  begin(all: Kept<L>, done: (failure: Error | undefined) => void): void {
    if (this.#syncing) throw new Error('a commit is on its way already');
    try {
      this.#write(all);
    } catch (error) {
      done(asError(error));
      return;
    }
    this.#syncing = true;
    this.#syncer.sync(this.#fd, (failure) => {
      this.#syncing = false;
      if (failure) this.#markBroken(failure);
      done(failure);
    });
  }

  /** A step of writing the log anew, if it has grown. @returns whether there is more to do */
  tidy(all: Kept<L>): boolean {
    // The end of the commit makes a turn of its own.
    if (this.#syncing) return false;
    if (!this.#anew) {
      const needed = all.size * this.#perLease;
      if (this.#broken || this.#end < needed * GROWTH || this.#end - needed < SMALLEST_GAIN) return false;
    }
    const before = this.#fd;
    try {
      return this.#step(all);
    } catch (error) {
      // As long as the old file has its name it is whole, and the next try comes with the next commits.
      if (this.#fd === before) this.#dropAnew();
      else this.#markBroken(error);
      return false;
    }
  }

  /** Call it when no commit is on its way. */
  close(): void {
    this.#dropAnew();
    closeSync(this.#fd);
  }

  #write(all: Kept<L>, from = this.#frame): void {
    const frame = from.take();
    // A log anew may be large: while the disk refuses it, it is not tried for each packet.
    if (this.#broken && performance.now() < this.#broken.retry) throw this.#broken.error;
    try {
      if (this.#broken) this.#startOver(all);
      this.#end = writeAll(this.#fd, frame, this.#end);
      if (this.#end + AHEAD / 2 > this.#zeroed) this.#zeroAhead();
    } catch (error) {
      this.#fail(error);
    }
    if (this.#anew) this.#anew.end = this.#guarded(() => writeAll(this.#anew!.fd, frame, this.#anew!.end));
  }

  #fail(error: unknown): never {
    this.#markBroken(error);
    throw error;
  }

  #markBroken(error: unknown): void {
    this.#broken = { error, retry: performance.now() + RETRY };
    this.#dropAnew();
  }

  #step(all: Kept<L>): boolean {
    this.#anew ??= openAnew(this.#path, this.#record.magic);
    const anew = this.#anew;
    const writer = new FrameWriter(this.#record);
    const next = all.kept(anew.from, STEP, (lease) => writer.add(lease));
    if (!writer.isEmpty) anew.end = writeAll(anew.fd, writer.take(), anew.end);
    if (next === undefined) {
      this.#replace(anew.fd, anew.end, all);
      return false;
    }
    anew.from = next;
    this.#syncPortion(anew);
    return !this.#syncing;
  }

  /** In small portions, so that no commit waits behind a large one. */
  #syncPortion(anew: { fd: number }): void {
    this.#syncing = true;
    this.#syncer.sync(anew.fd, (failure) => {
      this.#syncing = false;
      if (failure && this.#anew === anew) this.#dropAnew();
    });
  }

  /** All leases at once into a new file: the old one cannot be trusted. */
  #startOver(all: Kept<L>): void {
    this.#dropAnew();
    const anew = openAnew(this.#path, this.#record.magic);
    this.#anew = anew;
    for (let from: number | undefined = 0; from !== undefined; ) {
      const writer = new FrameWriter(this.#record);
      from = all.kept(from, STEP, (lease) => writer.add(lease));
      if (!writer.isEmpty) anew.end = writeAll(anew.fd, writer.take(), anew.end);
    }
    this.#replace(anew.fd, anew.end, all);
    this.#broken = undefined;
  }

  #replace(fd: number, end: number, all: Kept<L>): void {
    fsyncSync(fd);
    renameSync(`${this.#path}.new`, this.#path);
    // From here on it is the log, whatever fails: what is written to the old one nobody would find.
    closeSync(this.#fd);
    this.#anew = undefined;
    this.#fd = fd;
    this.#end = end;
    this.#zeroed = end;
    this.#perLease = all.size === 0 ? 32 : end / all.size;
    syncFolder(this.#path);
  }

  /** Not having it costs speed alone, so a disk that is full is left to fail the commit that needs it. */
  #zeroAhead(): void {
    const from = Math.max(this.#zeroed, this.#end);
    try {
      writeAll(this.#fd, ZEROS, from);
      this.#zeroed = from + AHEAD;
    } catch {
      ftruncateSync(this.#fd, from);
    }
  }

  #guarded(write: () => number): number {
    try {
      return write();
    } catch {
      this.#dropAnew();
      return 0;
    }
  }

  #dropAnew(): void {
    if (!this.#anew) return;
    closeSync(this.#anew.fd);
    this.#anew = undefined;
    rmSync(`${this.#path}.new`, { force: true });
  }
}

function openAnew(path: string, magic: Buffer): { fd: number; end: number; from: number } {
  const fd = openSync(`${path}.new`, 'w', 0o600);
  return { fd, end: writeAll(fd, magic, 0), from: 0 };
}

/** @returns the place after what was written */
function writeAll(fd: number, bytes: Buffer, at: number): number {
  for (let written = 0; written < bytes.length; )
    written += writeSync(fd, bytes, written, bytes.length - written, at + written);
  return at + bytes.length;
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
