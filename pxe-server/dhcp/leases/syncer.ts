import { fdatasyncSync, writeSync } from 'node:fs';
import * as c from '../../net/libc.ts';
import type { Reactor } from '../../net/reactor.ts';

/** Waits until what was written to a file is on the disk. One at a time. */
export interface Syncer {
  /** @param done called when it is, or with why not; at once, or in a later turn */
  sync(fd: number, done: (failure: Error | undefined) => void): void;
  /** Blocks until the sync that is under way has been told. */
  finish(): void;
}

/** On the caller's thread. */
export const syncHere: Syncer = {
  sync(fd, done) {
    let failure: Error | undefined;
    try {
      fdatasyncSync(fd);
    } catch (error) {
      failure = error as Error;
    }
    done(failure);
  },
  finish: () => undefined,
};

/** What the two threads share: numbers of the sync that was asked for and the one that is done, and its errno. */
export const Shared = { asked: 0, done: 1, fd: 2, errno: 3, words: 4 } as const;
export const NO_MORE = -1;

/** Memory and descriptor that a sync thread and its user share; see sync-thread.ts. */
export interface SyncChannel {
  memory: SharedArrayBuffer;
  /** eventfd(2): counts what is done. */
  doneFd: number;
}

export function openSyncChannel(): SyncChannel {
  const memory = new SharedArrayBuffer(Shared.words * Int32Array.BYTES_PER_ELEMENT);
  return { memory, doneFd: c.eventfd(0, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC) };
}

/** By a thread that does nothing else: while it waits for the disk, offers are made and the next commit is collected. */
export class SyncByThread implements Syncer {
  readonly #words: Int32Array;
  readonly #doneFd: number;
  #done: ((failure: Error | undefined) => void) | undefined;

  constructor({ memory, doneFd }: SyncChannel, reactor: Reactor) {
    this.#words = new Int32Array(memory);
    this.#doneFd = doneFd;
    reactor.watch(doneFd, () => this.#tell());
  }

  sync(fd: number, done: (failure: Error | undefined) => void): void {
    this.#done = done;
    Atomics.store(this.#words, Shared.fd, fd);
    Atomics.add(this.#words, Shared.asked, 1);
    Atomics.notify(this.#words, Shared.asked);
  }

  finish(): void {
    const words = this.#words;
    while (this.#done) {
      const asked = Atomics.load(words, Shared.asked);
      const done = Atomics.load(words, Shared.done);
      if (done !== asked) Atomics.wait(words, Shared.done, done);
      this.#tell();
    }
  }

  #tell(): void {
    c.read(this.#doneFd, Buffer.alloc(8), 8);
    const words = this.#words;
    const done = this.#done;
    if (!done || Atomics.load(words, Shared.done) !== Atomics.load(words, Shared.asked)) return;
    this.#done = undefined;
    const errno = Atomics.load(words, Shared.errno);
    done(errno === 0 ? undefined : new Error(`fdatasync: ${c.errnoName(errno)}`));
  }
}

const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

/** The thread's half: syncs what it is asked for until it is told to end. */
export function serveSyncs({ memory, doneFd }: SyncChannel): void {
  const words = new Int32Array(memory);
  for (let seen = 0; ; ) {
    Atomics.wait(words, Shared.asked, seen);
    seen = Atomics.load(words, Shared.asked);
    const fd = Atomics.load(words, Shared.fd);
    if (fd === NO_MORE) return;
    Atomics.store(words, Shared.errno, errnoOf(fd));
    Atomics.store(words, Shared.done, seen);
    Atomics.notify(words, Shared.done);
    writeSync(doneFd, ONE);
  }
}

/** Ends a thread that serves syncs. */
export function endSyncs({ memory }: SyncChannel): void {
  const words = new Int32Array(memory);
  Atomics.store(words, Shared.fd, NO_MORE);
  Atomics.add(words, Shared.asked, 1);
  Atomics.notify(words, Shared.asked);
}

function errnoOf(fd: number): number {
  try {
    fdatasyncSync(fd);
    return 0;
  } catch (error) {
    return Math.abs((error as NodeJS.ErrnoException).errno ?? 5);
  }
}
