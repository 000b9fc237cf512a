import * as c from './libc.ts';

const POLLFD = 8;

interface Watched {
  fd: number;
  ready: () => void;
}

interface Timer {
  due: number;
  /** Milliseconds to the next time; undefined: once. */
  every: number | undefined;
  run: () => void;
}

/**
 * Waits for descriptors and times on a thread of its own and runs what belongs to them, one after the other. Node's
 * own loop cannot wait for a raw descriptor, and gives packets one by one; here whoever is called takes all there
 * are, and what all of them left to do is done once a turn.
 */
export class Reactor {
  #watched: Watched[] = [];
  #descriptors = Buffer.alloc(0);
  readonly #timers = new Set<Timer>();
  readonly #ends: (() => void)[] = [];
  #stopped = false;

  /** @param ready called in each turn in which the descriptor can be read, has failed or was hung up */
  watch(fd: number, ready: () => void): void {
    this.#watched = [...this.#watched.filter((watched) => watched.fd !== fd), { fd, ready }];
    this.#describe();
  }

  unwatch(fd: number): void {
    this.#watched = this.#watched.filter((watched) => watched.fd !== fd);
    this.#describe();
  }

  /** Runs once, or each so many milliseconds. @returns what takes it back */
  after(milliseconds: number, run: () => void): () => void {
    return this.#time({ due: performance.now() + milliseconds, every: undefined, run });
  }

  every(milliseconds: number, run: () => void): () => void {
    return this.#time({ due: performance.now() + milliseconds, every: milliseconds, run });
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

  /** One turn: waits for what comes first, at most so many milliseconds, and runs it. */
  turn(longest = Number.POSITIVE_INFINITY): void {
    const wait = Math.min(longest, this.#untilNextTimer());
    const timeout = Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : -1;
    const descriptors = this.#descriptors;
    const watched = this.#watched;
    // Interrupted by a signal: nothing is ready.
    const ready = c.poll(descriptors, watched.length, timeout);
    for (let i = 0; ready > 0 && i < watched.length; i++)
      if (descriptors.readUInt16LE(i * POLLFD + 6) !== 0 && !this.#stopped) watched[i]!.ready();
    this.#runDue();
    for (const end of this.#ends) end();
  }

  #describe(): void {
    // A new array each time: a turn that is under way keeps its own.
    this.#descriptors = Buffer.alloc(this.#watched.length * POLLFD);
    this.#watched.forEach(({ fd }, i) => {
      this.#descriptors.writeInt32LE(fd, i * POLLFD);
      this.#descriptors.writeUInt16LE(c.POLLIN, i * POLLFD + 4);
    });
  }

  #time(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #untilNextTimer(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers) due = Math.min(due, timer.due);
    return due - performance.now();
  }

  #runDue(): void {
    if (this.#timers.size === 0) return;
    const now = performance.now();
    for (const timer of [...this.#timers]) {
      if (timer.due > now || !this.#timers.has(timer)) continue;
      if (timer.every === undefined) this.#timers.delete(timer);
      else timer.due = now + timer.every;
      timer.run();
    }
  }
}
