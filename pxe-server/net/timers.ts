import { Heap } from './heap.ts';

/** Something that runs at a time, which may be put off again and again at no cost. */
export interface Timer {
  /** When it runs, in milliseconds of performance.now(); takes the place of the time that was set before. */
  set(due: number): void;
  clear(): void;
}

interface Entry {
  /** Where it lies in the heap: never later than when its timer is due. */
  readonly key: number;
  /** None while it is cleared: a heap that keeps it until its time comes keeps nothing else with it. */
  timer: HeapTimer | undefined;
  /** Still in the heap. */
  lies: boolean;
}

/**
 * Timers in a heap by time. A timer that is put off stays where it lies and moves on when its old time comes, so
 * that a transfer which hears from its client a thousand times a second costs the heap one step a second.
 */
export class Timers {
  readonly #heap = new Heap<Entry>(({ key }) => key);

  timer(run: () => void): Timer {
    return new HeapTimer(run, (entry) => this.#heap.push(entry));
  }

  /** When the first may be due; Infinity: none is set. What was cleared or put off counts until its time comes. */
  get next(): number {
    return this.#heap.first?.key ?? Number.POSITIVE_INFINITY;
  }

  /** Runs what is due, each once; what they set for now waits for the next call. */
  run(now: number): void {
    const due: HeapTimer[] = [];
    for (let first = this.#heap.first; first && first.key <= now; first = this.#heap.first) {
      this.#heap.pop();
      first.lies = false;
      if (first.timer?.arrived(now)) due.push(first.timer);
    }
    for (const timer of due) timer.fire(now);
  }
}

class HeapTimer implements Timer {
  readonly #run: () => void;
  readonly #push: (entry: Entry) => void;
  #due = Number.POSITIVE_INFINITY;
  /** The newest one; older ones have no timer any more. */
  #entry: Entry | undefined;

  constructor(run: () => void, push: (entry: Entry) => void) {
    this.#run = run;
    this.#push = push;
  }

  set(due: number): void {
    this.#due = due;
    const entry = this.#entry;
    if (entry?.lies && entry.key <= due) entry.timer = this;
    else this.#lie(due);
  }

  clear(): void {
    this.#due = Number.POSITIVE_INFINITY;
    if (this.#entry) this.#entry.timer = undefined;
  }

  /** Its entry was taken from the heap. @returns whether it is to run */
  arrived(now: number): boolean {
    if (this.#due <= now) return true;
    this.#lie(this.#due);
    return false;
  }

  /** Unless one that ran before it has cleared it or put it off. */
  fire(now: number): void {
    if (this.#due > now) return;
    this.clear();
    this.#run();
  }

  #lie(key: number): void {
    if (this.#entry) this.#entry.timer = undefined;
    this.#entry = { key, timer: this, lies: true };
    this.#push(this.#entry);
  }
}
