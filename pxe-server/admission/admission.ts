import { CROWD, Line } from './line.ts';
import { isLate, Queue, type Waiter } from './queue.ts';
import { type Ticket, Tickets } from './tickets.ts';

/** A machine that wants to boot. */
export interface BootWish {
  /** The same at each question: id of the host, else MAC, else address. */
  key: string;
  hostId: string | null;
  /** For people. */
  name: string;
  mac: string | null;
  /** From where it asks; its downloads come from there. */
  address: string;
  /** Of all that it loads, and of what its boot loader loads at once. */
  bytes: number;
  loaderBytes: number;
  /** A host that is declared or approved. */
  known: boolean;
  /** Narrower lines on its way: name and bytes a second. */
  groups: readonly Group[];
  /** Milliseconds that it can wait at most; absent: for ever. */
  patience?: number;
}

export interface Group {
  name: string;
  bandwidth: number;
}

export interface Wait {
  go: false;
  /** 1 is the next; of how many. */
  place: number;
  of: number;
  /** Seconds until its turn, as far as can be told; and until it asks again. */
  seconds: number;
  askIn: number;
  /** Milliseconds that it has waited: 0 at its first question. */
  waited: number;
}

export type Turn = { go: true } | Wait;

const GO: Turn = { go: true };
/** So many go at once as long as no boot has been seen to its end. */
const AT_FIRST = 4;
/** Of the machines that load nothing since their kernels start, twice as many as there are on average: some never return. */
const MARGIN = 2;
/** So many may go even when one of them would fill the line: one that does not move holds up nobody. */
const LEAST = 2;
/** The first ones in the queue: they ask often, and go in the order in which they do. */
const NEAR = 16;
/** Above this share the line is full. */
const FULL = 0.85;
/**
 * Between two that go, this share of the time in which the line carries one of them: those that begin together would
 * all load together, and let the line idle together while their kernels start. Below 1, since not all arrive.
 */
const PACE = 0.75;
/** Milliseconds that may be made up for, since machines ask every few seconds. */
const BURST = 2500;
/** Milliseconds between two that go though the line is full, where its width is a guess. */
const GUESS_PAUSE = 5000;
/** Milliseconds within which a machine gets the answer that it got before: GRUB asks by HEAD, then by GET. */
const SAME_ANSWER = 1000;
/** Milliseconds between two looks for machines that left. */
const FORGET_PAUSE = 1000;
/** Seconds in which a machine asks again. */
const ASK = { soonest: 2, latest: 30 };

/**
 * Who boots now and who waits, so that hosts finish one after another instead of all late: as many load at once as
 * fill the line. Time is passed in, milliseconds of any clock. Pure.
 */
export class Admission {
  readonly line: Line;
  readonly #tickets = new Tickets();
  readonly #queue = new Queue();
  /** When the next may go; and when one went though the line was full. */
  #next = Number.NEGATIVE_INFINITY;
  #extra = Number.NEGATIVE_INFINITY;
  #forgot = Number.NEGATIVE_INFINITY;

  /** @param bandwidth of the line, bytes a second; null: measured */
  constructor(bandwidth: number | null) {
    this.line = new Line(bandwidth);
  }

  /** Go now, or wait. Who has a ticket goes, as often as it asks. */
  ask(wish: BootWish, now: number): Turn {
    this.forget(now);
    if (this.#tickets.renew(wish, now)) return GO;
    const before = this.#queue.get(wish.key);
    if (before?.told && now - before.asked < SAME_ANSWER) return before.told;
    if (this.#mayGo(wish, before, now)) {
      this.#queue.remove(wish.key);
      this.#tickets.give(wish, now);
      this.#paceOn(wish, now);
      return GO;
    }
    const waiter = before ?? this.#queue.add(wish, now);
    waiter.wish = wish;
    waiter.asked = now;
    waiter.told = this.#wait(waiter, now);
    return waiter.told;
  }

  /** A machine was heard of. */
  seen(address: string, now: number): void {
    this.#tickets.seen(address, now);
  }

  downloadBegan(address: string, now: number): void {
    this.#tickets.downloadBegan(address, now);
  }

  /** @param isWholeRoot its last byte was the last one of a root: the boot needs nothing more */
  downloadEnded(address: string, isWholeRoot: boolean, now: number): void {
    this.#tickets.downloadEnded(address, isWholeRoot, now);
  }

  /** The machine itself has told that it runs. */
  arrived(key: string): void {
    this.#tickets.remove(key);
  }

  /** @param place 1 is the front @returns false when it does not wait */
  move(key: string, place: number): boolean {
    return this.#queue.move(key, place);
  }

  get isIdle(): boolean {
    return this.#tickets.size === 0 && this.#queue.size === 0;
  }

  get downloads(): number {
    return this.#tickets.downloads;
  }

  going(): readonly Ticket[] {
    return this.#tickets.all();
  }

  /** In order, with what each would be told now. */
  waiting(now: number): { waiter: Waiter; seconds: number }[] {
    let ahead = this.#underWay();
    const inGroups = this.#groupsUnderWay();
    return this.#queue.all().map((waiter) => {
      const { wish } = waiter;
      const seconds = this.#secondsFor(wish, ahead, inGroups, now);
      ahead += wish.bytes;
      addTo(inGroups, wish, wish.bytes);
      return { waiter, seconds };
    });
  }

  /** How many go at once, if all are as this one; null while nobody has to wait. */
  places(now: number, bytes = this.#typicalBytes()): number | null {
    const capacity = this.line.capacity(now);
    if (capacity === null) return null;
    const least = this.line.configured === null ? CROWD : LEAST;
    return Math.max(least, this.#fill(capacity, bytes));
  }

  /** Machines that left without a word. */
  forget(now: number): void {
    if (now - this.#forgot < FORGET_PAUSE) return;
    this.#forgot = now;
    this.#tickets.forgetStalled(now);
    this.#queue.forgetGone(now);
  }

  /**
   * So many fill a line: one that loads, one that is about to, and those whose kernels start meanwhile. Pauses
   * are counted and not rates, since waiting for each other makes boots slower and would let more and more in.
   */
  #fill(bandwidth: number, bytes: number): number {
    const pause = this.#tickets.pause;
    if (pause === undefined) return AT_FIRST;
    return 2 + Math.ceil((MARGIN * bandwidth * pause) / 1000 / Math.max(1, bytes));
  }

  #typicalBytes(): number {
    return this.#queue.all()[0]?.wish.bytes ?? this.#tickets.all()[0]?.wish.bytes ?? Number.POSITIVE_INFINITY;
  }

  #mayGo(wish: BootWish, waiter: Waiter | undefined, now: number): boolean {
    if (wish.patience !== undefined && waiter && now - waiter.since >= wish.patience) return true;
    if (this.#isHeldBack(wish)) return false;
    const places = this.places(now, wish.bytes);
    if (places === null) return true;
    // Those before it that could go as well; the first ones may go in any order, so that no turn waits for a machine.
    const near = this.#near(wish, now);
    if (this.#before(wish, waiter, near, now) >= near) return false;
    if (this.#tickets.size < LEAST) return true;
    if (this.#next > now) return false;
    return this.#tickets.size < places || this.#hasRoom(now);
  }

  #paceOn({ bytes }: BootWish, now: number): void {
    const capacity = this.line.capacity(now);
    if (capacity !== null) this.#next = Math.max(this.#next, now - BURST) + (PACE * bytes * 1000) / capacity;
  }

  /** @param most counted no further */
  #before(wish: BootWish, waiter: Waiter | undefined, most: number, now: number): number {
    let before = 0;
    for (const other of this.#queue.all()) {
      if (other === waiter || before >= most) break;
      if (!waiter && wish.known && !other.wish.known && !other.moved) continue;
      if (!isLate(other, now) && !this.#isHeldBack(other.wish)) before += 1;
    }
    return before;
  }

  /** A narrower line on its way has all that it can carry. */
  #isHeldBack({ groups, bytes }: BootWish): boolean {
    return groups.some(({ name, bandwidth }) => {
      return this.#tickets.inGroup(name) >= Math.max(LEAST, this.#fill(bandwidth, bytes));
    });
  }

  #hasRoom(now: number): boolean {
    const { configured } = this.line;
    if (configured !== null) return this.line.rate(now) < FULL * configured;
    if (now - this.#extra < GUESS_PAUSE) return false;
    this.#extra = now;
    return true;
  }

  /** Places from the front from which machines go: those that go in the time in which each of them asks. */
  #near({ bytes }: BootWish, now: number): number {
    const capacity = this.line.capacity(now) ?? 0;
    return Math.max(NEAR, Math.ceil((2 * ASK.soonest * capacity) / Math.max(1, bytes)));
  }

  #wait(waiter: Waiter, now: number): Wait {
    const all = this.#queue.all();
    let ahead = this.#underWay();
    const inGroups = this.#groupsUnderWay();
    let place = 1;
    for (; all[place - 1] !== waiter; place++) {
      const { wish } = all[place - 1]!;
      ahead += wish.bytes;
      addTo(inGroups, wish, wish.bytes);
    }
    const seconds = this.#secondsFor(waiter.wish, ahead, inGroups, now);
    const later = Math.min(ASK.latest, Math.max(ASK.soonest, Math.round(seconds / 3)));
    const askIn = place <= this.#near(waiter.wish, now) ? ASK.soonest : later;
    return { go: false, place, of: all.length, seconds, askIn, waited: now - waiter.since };
  }

  /** Bytes that those who go have before them: half of them are through on average. */
  #underWay(): number {
    return this.#tickets.all().reduce((sum, { wish }) => sum + wish.bytes / 2, 0);
  }

  /** The same of each group. */
  #groupsUnderWay(): Map<string, number> {
    const bytes = new Map<string, number>();
    for (const { wish } of this.#tickets.all()) addTo(bytes, wish, wish.bytes / 2);
    return bytes;
  }

  /** @param ahead bytes that go over the line before it @param inGroups and over the line of each group */
  #secondsFor(
    { groups }: BootWish,
    ahead: number,
    inGroups: ReadonlyMap<string, number>,
    now: number,
  ): number {
    const capacity = this.line.capacity(now);
    const times = groups.map(({ name, bandwidth }) => (inGroups.get(name) ?? 0) / bandwidth);
    return Math.round(Math.max(capacity === null ? 0 : ahead / capacity, ...times));
  }
}

function addTo(inGroups: Map<string, number>, { groups }: BootWish, bytes: number): void {
  for (const { name } of groups) inGroups.set(name, (inGroups.get(name) ?? 0) + bytes);
}
