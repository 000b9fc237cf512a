import { isBeyond, type Reach, reachOf, thingOf } from '../trace/attempt.ts';
import {
  type DhcpFact,
  type Fact,
  type HttpFact,
  lastSeen,
  type TftpFact,
  type TraceEntry,
} from '../trace/entry.ts';
import type { Facts } from './diagnosis.ts';

/** A step with its number. */
export interface Seen<F extends Fact = Fact> {
  i: number;
  at: number;
  /** When it was seen last. */
  until: number;
  fact: F;
}

/** A file that was sent or asked for, by whichever protocol. */
export interface Carried extends Seen<TftpFact | HttpFact> {
  name: string;
  thing: string;
}

/** A trace as diagnoses look at it. Pure. */
export class View {
  readonly facts: Facts;
  readonly steps: readonly Seen[];
  readonly reach: Reach;
  /** Seconds since the last step. */
  readonly quiet: number;
  readonly dhcp: readonly Seen<DhcpFact>[];
  readonly files: readonly Carried[];

  constructor(entries: readonly TraceEntry[], facts: Facts) {
    this.facts = facts;
    this.steps = entries.map((entry, i) => ({ i, at: entry.at, until: lastSeen(entry), fact: entry.fact }));
    this.reach = reachOf(entries);
    const last = entries.at(-1);
    this.quiet = last ? Math.max(0, facts.now - lastSeen(last)) / 1000 : Number.POSITIVE_INFINITY;
    this.dhcp = this.of('dhcp');
    this.files = this.steps.flatMap((step) => carried(step) ?? []);
  }

  get arrived(): boolean {
    return this.reach === 'registered';
  }

  of<L extends Fact['layer']>(layer: L): Seen<Extract<Fact, { layer: L }>>[] {
    return this.steps.filter((step) => step.fact.layer === layer) as Seen<Extract<Fact, { layer: L }>>[];
  }

  isBeyond(reach: Reach): boolean {
    return isBeyond(this.reach, reach);
  }

  after(i: number): Seen[] {
    return this.steps.slice(i + 1);
  }

  /** Steps of the machine itself behind that one: our own answers are none. */
  machineAfter(i: number): Seen[] {
    return this.after(i).filter(
      ({ fact }) => !(fact.layer === 'dhcp' && fact.by !== 'machine') && fact.layer !== 'note',
    );
  }

  /**
   * Nothing came of the machine behind that step but its firmware from the start, or an address that it looks for;
   * and that for so many seconds.
   */
  endsAfter(i: number, seconds: number): boolean {
    const later = this.machineAfter(i).filter(({ fact }) => fact.layer !== 'arp');
    const again = later.findIndex(({ fact }) => isFirmwareStart(fact));
    if (again === 0) return true;
    if (later.length > 0) return false;
    return (this.facts.now - this.steps[i]!.at) / 1000 >= seconds;
  }

  /** Files whose last byte was sent. */
  sent(...things: string[]): Carried[] {
    return this.files.filter(({ thing, fact }) => fact.step === 'sent' && things.includes(thing));
  }

  asked(...things: string[]): Carried[] {
    return this.files.filter(
      ({ thing, fact }) => ['asked', 'begun', 'sent'].includes(fact.step) && things.includes(thing),
    );
  }
}

function isFirmwareStart(fact: Fact): boolean {
  return (
    fact.layer === 'dhcp' && fact.by === 'machine' && fact.type === 'discover' && fact.client === 'firmware'
  );
}

function carried(step: Seen): Carried | undefined {
  const { fact } = step;
  if (fact.layer === 'tftp') return { ...step, fact, name: fact.name, thing: thingOf(fact.name) };
  if (fact.layer === 'http') return { ...step, fact, name: fact.path, thing: fact.what };
  return undefined;
}

/** Numbers of steps, each once, in order. */
export function numbers(...seen: readonly (Seen | undefined)[]): number[] {
  return [...new Set(seen.flatMap((step) => (step ? [step.i] : [])))].sort((a, b) => a - b);
}

/** "host node1", or "the machine". */
export function whoOf({ host }: Facts): string {
  return host?.name ?? 'HOST';
}
