import { type FileHandle, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import koffi from 'koffi';

/**
 * Locks between processes: flock(2) on a file that stays open. The kernel takes a lock back however its process ends,
 * and no program that the process starts has it: Node opens files close-on-exec.
 */
export interface Lock {
  /** Removes the file too, unless others have the lock as well. */
  release(): Promise<void>;
}

/** An exclusive lock has one holder; shared ones have any number, while there is no exclusive one. */
export type LockKind = 'exclusive' | 'shared';

export interface Waiting {
  /** Told once, with the holder's process, when the lock is not to be had at once. */
  onWait?: (holder: string) => void;
  signal?: AbortSignal | undefined;
  /** Milliseconds between two attempts. */
  pause?: number;
}

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const PAUSE_MS = 200;

const flock: (fd: number, operation: number) => number = koffi.load('libc.so.6').func('int flock(int, int)');

/** Works while it has the lock of a file, whose folder is there. @throws the signal's reason */
export async function underFileLock<T>(file: string, waiting: Waiting, work: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(file, 'exclusive', waiting);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** @throws the signal's reason */
export async function waitForLock(file: string, kind: LockKind, waiting: Waiting = {}): Promise<Lock> {
  const { onWait, signal, pause = PAUSE_MS } = waiting;
  for (let told = false; ; told = true) {
    signal?.throwIfAborted();
    const lock = await tryLock(file, kind);
    if (lock) return lock;
    if (!told) onWait?.(await holderOf(file));
    await wait(pause, undefined, signal ? { signal } : {});
  }
}

/** The lock, or undefined while another holds it. */
export async function tryLock(file: string, kind: LockKind): Promise<Lock | undefined> {
  const handle = await open(file, 'a+');
  let held = false;
  try {
    if (!take(handle, kind)) return undefined;
    held = await isStill(handle, file);
  } finally {
    if (!held) await handle.close();
  }
  // A holder removes the file before it lets go: what was opened a moment ago is no lock any more.
  if (!held) return tryLock(file, kind);
  if (kind === 'exclusive') await sign(handle);
  return { release: () => release(handle, file) };
}

/** The lock of a folder itself, which leaves no file behind; undefined while another holds it. */
export async function tryLockFolder(folder: string): Promise<Lock | undefined> {
  const handle = await open(folder, 'r');
  if (!take(handle, 'exclusive')) {
    await handle.close();
    return undefined;
  }
  return {
    async release() {
      flock(handle.fd, LOCK_UN);
      await handle.close();
    },
  };
}

/** Removes the locks of a folder that nobody holds: processes that were killed have left them. */
export async function sweepLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await (await tryLock(join(folder, name), 'exclusive'))?.release();
}

async function release(handle: FileHandle, file: string): Promise<void> {
  try {
    if (take(handle, 'exclusive') && (await isStill(handle, file))) await unlink(file);
  } finally {
    // Said, not left to the closing: a program that is being started has the descriptor until its exec.
    flock(handle.fd, LOCK_UN);
    await handle.close();
  }
}

function take({ fd }: FileHandle, kind: LockKind): boolean {
  if (flock(fd, (kind === 'exclusive' ? LOCK_EX : LOCK_SH) | LOCK_NB) === 0) return true;
  const errno = koffi.errno();
  if (errno === koffi.os.errno.EWOULDBLOCK || errno === koffi.os.errno.EINTR) return false;
  throw new Error(`flock: errno ${errno}`);
}

async function isStill(handle: FileHandle, file: string): Promise<boolean> {
  const [mine, there] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev;
}

/** Who has it, for people who wait; a full disk is no reason to have no lock. */
async function sign(handle: FileHandle): Promise<void> {
  await handle
    .truncate()
    .then(() => handle.write(`${process.pid}`))
    .catch(() => undefined);
}

async function holderOf(file: string): Promise<string> {
  const pid = await readFile(file, 'utf8').catch(() => '');
  return pid === '' ? 'another process' : `process ${pid}`;
}
