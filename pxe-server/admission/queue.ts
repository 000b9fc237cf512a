import type { BootWish, Wait } from './admission.ts';

/** A machine that was told to wait. */
export interface Waiter {
  wish: BootWish;
  /** Milliseconds: when it asked first and last. */
  since: number;
  asked: number;
  /** What it was told. */
  told: Wait | undefined;
  /** A person put it where it is. */
  moved: boolean;
}

/** Milliseconds beyond the time to ask again: DHCP and slow firmware, before others go past. */
const LATE = 20_000;
/** Milliseconds without a question after which a machine has gone. */
const GONE = 300_000;
/** Anybody can ask in the name of any MAC. */
const MOST = 10_000;

/** Who waits, in the order in which they go. Pure. */
export class Queue {
  #order: Waiter[] = [];
  readonly #byKey = new Map<string, Waiter>();

  get size(): number {
    return this.#order.length;
  }

  get(key: string): Waiter | undefined {
    return this.#byKey.get(key);
  }

  /** In order, those too that are late. */
  all(): readonly Waiter[] {
    return this.#order;
  }

  /** Hosts before strangers, each in the order of asking; what a person has moved stays. */
  add(wish: BootWish, now: number): Waiter {
    const waiter: Waiter = { wish, since: now, asked: now, told: undefined, moved: false };
    if (this.#order.length >= MOST) this.remove(this.#order.at(-1)!.wish.key);
    const at = wish.known ? this.#order.findIndex((other) => !other.wish.known && !other.moved) : -1;
    this.#order.splice(at < 0 ? this.#order.length : at, 0, waiter);
    this.#byKey.set(wish.key, waiter);
    return waiter;
  }

  remove(key: string): void {
    const waiter = this.#byKey.get(key);
    if (!waiter) return;
    this.#byKey.delete(key);
    this.#order.splice(this.#order.indexOf(waiter), 1);
  }

  /** @param place 1 is the front @returns false when nobody of that key waits */
  move(key: string, place: number): boolean {
    const waiter = this.#byKey.get(key);
    if (!waiter) return false;
    this.#order.splice(this.#order.indexOf(waiter), 1);
    this.#order.splice(place - 1, 0, waiter);
    waiter.moved = true;
    return true;
  }

  forgetGone(now: number): void {
    const gone = this.#order.filter(({ asked }) => now - asked > GONE);
    for (const { wish } of gone) this.remove(wish.key);
  }
}

/** It has not asked again when it should have: nobody waits for it. */
export function isLate({ asked, told }: Waiter, now: number): boolean {
  return now - asked > (told?.askIn ?? 0) * 1000 + LATE;
}
