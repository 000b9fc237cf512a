import { EventEmitter } from 'node:events';
import type { TraceStore } from '../store/traces.ts';
import { type Attempt, append, placeOf } from './attempt.ts';
import { lastSeen, type Step, type TraceEntry } from './entry.ts';
import { Whose } from './whose.ts';

export interface RecorderParts {
  store: TraceStore;
  /** Id of the host that a MAC belongs to. */
  hostOf(mac: string): string | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

/** One step, as those who watch get it. */
export interface Recorded {
  attempt: Attempt;
  entry: TraceEntry;
  /** It is the first of its attempt. */
  begins: boolean;
}

/** Bytes of traces in memory, and what a step is reckoned at besides its packet. */
const MEMORY = 64 * 1024 * 1024;
const STEP = 300;
/** Milliseconds: an attempt is written when it has been quiet for so long, or waited for so long. */
const SETTLED = 3_000;
const OVERDUE = 20_000;
/** After so long without a step it leaves the memory. */
const IDLE = 5 * 60_000;
/** Attempts written at a time: some milliseconds. */
const AT_ONCE = 50;

interface Kept {
  attempt: Attempt;
  changed: number;
  /** Since when it waits to be written. */
  waits: number | undefined;
}

/** Keeps the trace of each boot attempt: what is going on in memory, the last ones on disk. */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #whose: Whose;
  /** The newest attempt of each key, the one that changed last at the end. */
  readonly #running = new Map<string, Kept>();
  readonly #recorded = new EventEmitter<{ step: [Recorded] }>().setMaxListeners(1000);
  #bytes = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#whose = new Whose((mac) => parts.hostOf(mac));
  }

  /** Of all that is in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  take(steps: readonly Step[]): void {
    for (const step of steps.toSorted((a, b) => a.at - b.at)) this.#record(step);
    this.#makeRoom();
  }

  /** Attempts under any of the keys, newest first. */
  attemptsOf(keys: readonly string[]): Attempt[] {
    const running = keys.flatMap((key) => this.#running.get(key)?.attempt ?? []);
    const kept = this.#parts.store
      .list(keys)
      .filter(({ key, startedAt }) => !running.some((now) => now.key === key && now.startedAt === startedAt));
    return [...running, ...kept].sort((a, b) => b.startedAt - a.startedAt);
  }

  sameUuid(macs: readonly string[]): string[] {
    return this.#whose.sameUuid(macs);
  }

  /** Calls back for each step until the returned function is called. */
  follow(listener: (recorded: Recorded) => void): () => void {
    this.#recorded.on('step', listener);
    return () => void this.#recorded.off('step', listener);
  }

  forget(key: string): void {
    const kept = this.#running.get(key);
    if (kept) this.#drop(key, kept);
    this.#parts.store.remove(key);
  }

  /** Writes what has settled, a few at a time; to be called each second. @param all also what has just changed */
  save(all = false): void {
    const now = this.#parts.now();
    const due = [...this.#running.values()].filter(
      ({ waits, changed }) =>
        waits !== undefined && (all || now - changed >= SETTLED || now - waits >= OVERDUE),
    );
    this.#write(all ? due : due.slice(0, AT_ONCE));
    for (const [key, kept] of this.#running) {
      if (now - kept.changed < IDLE) break;
      if (kept.waits === undefined) this.#drop(key, kept);
    }
  }

  /** Writes everything, and lets go of the file. */
  close(): void {
    this.save(true);
    this.#parts.store.close();
  }

  #record(step: Step): void {
    const whose = this.#whose.of(step);
    if (!whose) return;
    const { key, before } = whose;
    const { hostId: _host, address: _address, mac, ...entry } = step;
    if (before !== undefined) this.#adopt(before, key);
    const kept = this.#running.get(key) ?? this.#fromDisk(key, entry);
    const place = placeOf(kept?.attempt, entry.fact, entry.at);
    if (place === 'none') return;
    if (place === 'new' && kept) this.#retire(key, kept);
    const current = place === 'same' && kept ? kept : this.#begin(key, mac ?? null, entry.at);
    const size = sizeOf(current.attempt);
    append(current.attempt, entry);
    this.#bytes += sizeOf(current.attempt) - size;
    current.changed = this.#parts.now();
    current.waits ??= current.changed;
    this.#running.delete(key);
    this.#running.set(key, current);
    this.#recorded.emit('step', { attempt: current.attempt, entry, begins: place === 'new' });
  }

  #begin(key: string, mac: string | null, at: number): Kept {
    const attempt: Attempt = { key, mac, startedAt: at, entries: [], bytes: 0, left: 0 };
    return { attempt, changed: at, waits: undefined };
  }

  /** One that goes on after a restart. */
  #fromDisk(key: string, { at }: TraceEntry): Kept | undefined {
    const attempt = this.#parts.store.newest(key);
    const last = attempt?.entries.at(-1);
    if (!attempt || !last || at - lastSeen(last) > IDLE) return undefined;
    this.#bytes += sizeOf(attempt);
    return { attempt, changed: at, waits: undefined };
  }

  /** What was recorded under its MAC is the host's from now on. */
  #adopt(before: string, key: string): void {
    const kept = this.#running.get(before);
    if (!kept || this.#running.has(key)) return;
    this.#parts.store.remove(before, kept.attempt.startedAt);
    kept.attempt.key = key;
    kept.waits ??= kept.changed;
    this.#running.delete(before);
    this.#running.set(key, kept);
  }

  #retire(key: string, kept: Kept): void {
    if (kept.waits !== undefined) this.#write([kept]);
    this.#drop(key, kept);
  }

  #write(kept: readonly Kept[]): void {
    if (kept.length === 0) return;
    this.#parts.store.save(kept.map(({ attempt }) => ({ attempt, stranger: attempt.key === attempt.mac })));
    for (const one of kept) one.waits = undefined;
  }

  /** What changed longest ago leaves first; machines that are no host are not even written. */
  #makeRoom(): void {
    if (this.#bytes <= MEMORY) return;
    for (const [key, kept] of this.#running) {
      if (this.#bytes <= MEMORY * 0.9) return;
      if (kept.waits !== undefined && key !== kept.attempt.mac) this.#write([kept]);
      this.#drop(key, kept);
    }
  }

  #drop(key: string, { attempt }: Kept): void {
    this.#bytes -= sizeOf(attempt);
    this.#running.delete(key);
  }
}

function sizeOf({ bytes, entries }: Attempt): number {
  return bytes + entries.length * STEP;
}
