import type { BootWish } from './admission.ts';

/** A machine that was told to boot and has not all of its root yet. */
export interface Ticket {
  wish: BootWish;
  /** Milliseconds: when it was given, and when the machine was last heard of. */
  since: number;
  seen: number;
  /** That run, and the milliseconds in which none ran. */
  downloads: number;
  paused: number;
}

/** Milliseconds without a download: kernels start, switches look for loops, and then the root is asked for. */
const STALLED = 120_000;
/** Boots that were seen to their end of which pauses are remembered. */
const REMEMBERED = 64;
/** Tickets at once: anybody can ask in the name of any MAC. */
const MOST = 20_000;

/** Who boots now. Pure. */
export class Tickets {
  readonly #byKey = new Map<string, Ticket>();
  /** The one that was given last to an address. */
  readonly #byAddress = new Map<string, Ticket>();
  readonly #groups = new Map<string, number>();
  /** Milliseconds of a boot in which it loaded nothing. */
  readonly #pauses: number[] = [];

  get size(): number {
    return this.#byKey.size;
  }

  get downloads(): number {
    let sum = 0;
    for (const { downloads } of this.#byKey.values()) sum += downloads;
    return sum;
  }

  /** Milliseconds of a boot in which it loads nothing, the median of the last ones; undefined before the first. */
  get pause(): number | undefined {
    return [...this.#pauses].sort((a, b) => a - b)[this.#pauses.length >> 1];
  }

  all(): readonly Ticket[] {
    return [...this.#byKey.values()];
  }

  inGroup(name: string): number {
    return this.#groups.get(name) ?? 0;
  }

  give(wish: BootWish, now: number): void {
    // Ends of downloads are told by address: what another machine began from there ends here.
    const before = this.#byAddress.get(wish.address);
    const ticket = { wish, since: now, seen: now, downloads: before?.downloads ?? 0, paused: 0 };
    if (before) before.downloads = 0;
    this.#byKey.set(wish.key, ticket);
    this.#byAddress.set(wish.address, ticket);
    for (const { name } of wish.groups) this.#groups.set(name, this.inGroup(name) + 1);
    if (this.#byKey.size > MOST) this.remove(this.#byKey.keys().next().value!);
  }

  /** @returns whether it has one */
  renew({ key }: BootWish, now: number): boolean {
    const ticket = this.#byKey.get(key);
    if (ticket) this.#notice(ticket, now);
    return ticket !== undefined;
  }

  seen(address: string, now: number): void {
    const ticket = this.#byAddress.get(address);
    if (ticket) this.#notice(ticket, now);
  }

  downloadBegan(address: string, now: number): void {
    const ticket = this.#byAddress.get(address);
    if (!ticket) return;
    this.#notice(ticket, now);
    ticket.downloads += 1;
  }

  downloadEnded(address: string, isWholeRoot: boolean, now: number): void {
    const ticket = this.#byAddress.get(address);
    if (!ticket) return;
    ticket.seen = now;
    ticket.downloads = Math.max(0, ticket.downloads - 1);
    if (!isWholeRoot) return;
    // A medium brings its kernel along, and shows no pause.
    if (ticket.wish.loaderBytes > 0) this.#remember(ticket.paused);
    this.remove(ticket.wish.key);
  }

  remove(key: string): void {
    const ticket = this.#byKey.get(key);
    if (!ticket) return;
    this.#byKey.delete(key);
    const { address, groups } = ticket.wish;
    if (this.#byAddress.get(address) === ticket) this.#byAddress.delete(address);
    for (const { name } of groups) {
      const left = this.inGroup(name) - 1;
      if (left > 0) this.#groups.set(name, left);
      else this.#groups.delete(name);
    }
  }

  forgetStalled(now: number): void {
    for (const [key, { seen, downloads }] of this.#byKey)
      if (downloads === 0 && now - seen > STALLED) this.remove(key);
  }

  #notice(ticket: Ticket, now: number): void {
    if (ticket.downloads === 0) ticket.paused += now - ticket.seen;
    ticket.seen = now;
  }

  #remember(paused: number): void {
    this.#pauses.push(paused);
    if (this.#pauses.length > REMEMBERED) this.#pauses.shift();
  }
}
