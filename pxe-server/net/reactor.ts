import * as c from './libc.ts';
import { Pace } from './pace.ts';
import { type Timer, Timers } from './timers.ts';

/** Descriptors that one turn is told of; the others wait for the next. */
const MOST = 256;

const SLEEP = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for descriptors and times on a thread of its own and runs what belongs to them, one after the other. Node's
 * own loop cannot wait for a raw descriptor, and gives packets one by one; here whoever is called takes all there
 * are, and what all of them left to do is done once a turn.
 */
export class Reactor {
  readonly #epoll = c.epollCreate(c.EPOLL_CLOEXEC);
  readonly #events = Buffer.alloc(MOST * c.EPOLL_EVENT.size);
  readonly #watched = new Map<number, () => void>();
  readonly #timers = new Timers();
  readonly #ends: (() => void)[] = [];
  readonly #pace: Pace;
  #stopped = false;

  /** @param pace milliseconds between turns while there is something in each; 0: none is put off */
  constructor({ pace = 0 } = {}) {
    this.#pace = new Pace(pace);
  }

  /** @param ready called in each turn in which the descriptor can be read, has failed or was hung up */
  watch(fd: number, ready: () => void): void {
    const event = Buffer.alloc(c.EPOLL_EVENT.size);
    event.writeUInt32LE(c.EPOLLIN, 0);
    event.writeInt32LE(fd, c.EPOLL_EVENT.data);
    if (!this.#watched.has(fd) && c.epollControl(this.#epoll, c.EPOLL_CTL_ADD, fd, event) < 0)
      throw new Error(`descriptor ${fd} cannot be watched: ${c.lastErrno()}`);
    this.#watched.set(fd, ready);
  }

  /** @param ready called in each turn in which the descriptor can be written, has failed or was hung up */
  watchWritable(fd: number, ready: () => void): void {
    const event = Buffer.alloc(c.EPOLL_EVENT.size);
    event.writeUInt32LE(c.EPOLLOUT, 0);
    event.writeInt32LE(fd, c.EPOLL_EVENT.data);
    if (c.epollControl(this.#epoll, c.EPOLL_CTL_ADD, fd, event) < 0)
      throw new Error(`descriptor ${fd} cannot be watched: ${c.lastErrno()}`);
    this.#watched.set(fd, ready);
  }

  /** Before the descriptor is closed. */
  unwatch(fd: number): void {
    if (this.#watched.delete(fd))
      c.epollControl(this.#epoll, c.EPOLL_CTL_DEL, fd, Buffer.alloc(c.EPOLL_EVENT.size));
  }

  /** Runs once, or each so many milliseconds. @returns what takes it back */
  after(milliseconds: number, run: () => void): () => void {
    const timer = this.#timers.timer(run);
    timer.set(performance.now() + milliseconds);
    return () => timer.clear();
  }

  every(milliseconds: number, run: () => void): () => void {
    const timer = this.#timers.timer(() => {
      timer.set(performance.now() + milliseconds);
      run();
    });
    timer.set(performance.now() + milliseconds);
    return () => timer.clear();
  }

  /** For what is put off again and again, as the silence of a client. */
  timer(run: () => void): Timer {
    return this.#timers.timer(run);
  }

  /** Runs at the end of each turn, when everything that was ready has been called. */
  atTurnEnd(run: () => void): void {
    this.#ends.push(run);
  }

  /** Turns until `stop`. */
  run(): void {
    while (!this.#stopped) this.turn();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Lets go of the descriptor that it waits on; it must not turn any more. */
  close(): void {
    this.#stopped = true;
    c.close(this.#epoll);
  }

  /** One turn: waits for what comes first, at most so many milliseconds, and runs it. */
  turn(longest = Number.POSITIVE_INFINITY): void {
    const wait = Math.min(longest, this.#timers.next - performance.now());
    const timeout = Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : -1;
    const putOff = this.#pace.wait(performance.now());
    if (putOff > 0) Atomics.wait(SLEEP, 0, 0, putOff);
    // Interrupted by a signal: nothing is ready.
    const ready = c.epollWait(this.#epoll, this.#events, MOST, timeout);
    if (ready > 0) this.#pace.turned(performance.now());
    const { size, data } = c.EPOLL_EVENT;
    for (let i = 0; i < ready && !this.#stopped; i++)
      this.#watched.get(this.#events.readInt32LE(i * size + data))?.();
    this.#timers.run(performance.now());
    for (const end of this.#ends) end();
  }
}
