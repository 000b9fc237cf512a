import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { errno, RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';

const PIECE = 4 << 20;
/** Where tables, and RAIDs of old, have their second copy. */
const END = 1 << 20;

export interface WriteJob {
  /** What is written. */
  source: string;
  /** A block device that exists, or a file, which is made. */
  target: string;
  kind: 'device' | 'file';
  /** Bytes of a device. */
  room: number;
  signal: AbortSignal;
  progress: (phase: 'write' | 'verify', done: number, total: number) => void;
}

/**
 * Writes an image and reads it back. Nobody else can open the disk for themselves meanwhile. Its beginning comes last,
 * so that one that was not finished starts no machine.
 * @throws RackhandError disk-in-use | disk-denied | disk-failed | disk-differs | cancelled
 */
export async function writeImage(job: WriteJob): Promise<void> {
  const source = await open(job.source, 'r');
  let written = false;
  try {
    const target = await openTarget(job);
    try {
      const total = (await source.stat()).size;
      await copyAll(job, source, target, total);
      written = true;
      await forgetCached(job);
      await compareAll(job, source, target, total);
    } finally {
      await target.close();
    }
    // The kernel may keep the old partitions until the stick is plugged in again.
    if (job.kind === 'device') await run(['blockdev', '--rereadpt', job.target], { okCodes: [0, 1] });
  } catch (error) {
    throw told(error, job, written);
  } finally {
    await source.close();
  }
}

/** O_EXCL on a block device: refused while it is mounted or held by a driver, whatever lsblk said (open(2)). */
async function openTarget({ target, kind }: WriteJob): Promise<FileHandle> {
  if (kind === 'file') return open(target, 'w+');
  if (!(await stat(target)).isBlockDevice())
    throw new RackhandError('disk-unknown', `${target} is no disk`, 'for a file say --file');
  // Data are on the disk when a write returns: progress is the disk's, and ending takes a moment.
  return open(target, constants.O_RDWR | constants.O_EXCL | constants.O_DSYNC);
}

async function copyAll(job: WriteJob, source: FileHandle, target: FileHandle, total: number): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE);
  const nothing = Buffer.alloc(PIECE);
  let done = 0;
  const copy = async (at: number) => {
    job.signal.throwIfAborted();
    const length = Math.min(PIECE, total - at);
    await readFully(source, piece, at, length);
    await writeFully(target, piece, at, length);
    done += length;
    job.progress('write', done, total);
  };
  await writeFully(target, nothing, 0, Math.min(PIECE, total));
  if (job.room >= total + END) await writeFully(target, nothing, job.room - END, END);
  for (let at = PIECE; at < total; at += PIECE) await copy(at);
  await copy(0);
  await target.sync();
}

/** What is read from now on comes from the disk and not from memory (BLKFLSBUF, ioctl_list(2)). */
async function forgetCached({ target, kind }: WriteJob): Promise<void> {
  if (kind === 'device')
    await run(['blockdev', '--flushbufs', target], { need: 'blockdev is in util-linux' });
}

async function compareAll(
  job: WriteJob,
  source: FileHandle,
  target: FileHandle,
  total: number,
): Promise<void> {
  const [wanted, found] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
  for (let at = 0; at < total; at += PIECE) {
    job.signal.throwIfAborted();
    const length = Math.min(PIECE, total - at);
    await readFully(source, wanted, at, length);
    await readFully(target, found, at, length);
    if (!wanted.subarray(0, length).equals(found.subarray(0, length)))
      throw new RackhandError(
        'disk-differs',
        `${job.target} does not give back what was written to it, at byte ${at + firstDifference(wanted, found)}`,
        'use another stick; this one is broken, or smaller than it says',
      );
    job.progress('verify', at + length, total);
  }
}

function firstDifference(one: Buffer, other: Buffer): number {
  return one.findIndex((byte, index) => byte !== other[index]);
}

async function readFully(file: FileHandle, into: Buffer, at: number, length: number): Promise<void> {
  for (let got = 0; got < length; ) {
    const { bytesRead } = await file.read(into, got, length - got, at + got);
    if (bytesRead === 0) throw new Error(`ends at byte ${at + got}`);
    got += bytesRead;
  }
}

async function writeFully(file: FileHandle, from: Buffer, at: number, length: number): Promise<void> {
  for (let put = 0; put < length; ) put += (await file.write(from, put, length - put, at + put)).bytesWritten;
}

function told(error: unknown, { target, kind, signal }: WriteJob, written: boolean): unknown {
  if (signal.aborted) {
    const what = written
      ? `${target} is written, and was not read back to its end`
      : `${target} has no image, and what was on it is gone`;
    return new RackhandError('cancelled', `cancelled: ${what}`, 'run the command again');
  }
  const code = errno(error);
  if (error instanceof RackhandError || code === undefined) return error;
  const what: Record<string, [code: string, what: string, mend: string]> = {
    EBUSY: ['disk-in-use', 'is in use', 'unmount it and stop what uses it'],
    EACCES: ['disk-denied', 'may not be written by you', 'run the command as root (sudo)'],
    EPERM: ['disk-denied', 'may not be written by you', 'run the command as root (sudo)'],
    EROFS: ['disk-read-only', 'is write-protected', 'look for a switch on it, or use another'],
  };
  const [name, says, mend] = what[code] ?? [
    'disk-failed',
    `cannot be written (${code})`,
    kind === 'file' ? 'name a file in a folder with room for the image' : 'use another stick',
  ];
  return new RackhandError(name, `${target} ${says}`, mend, { cause: error });
}
