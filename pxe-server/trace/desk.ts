import { diagnose } from '../diagnose/diagnose.ts';
import type { Diagnosis, Earlier, Facts } from '../diagnose/diagnosis.ts';
import { forgetOldest } from '../events/oldest.ts';
import type { Host } from '../hosts/model.ts';
import { type Attempt, type Reach, reachOf } from './attempt.ts';
import type { Fact } from './entry.ts';
import type { Recorded, Recorder } from './recorder.ts';

/** What of the service diagnoses need to know. */
export interface Surroundings extends Pick<Facts, 'ours' | 'httpsPort' | 'linkMbit'> {
  /** An image by its id. */
  image(id: string): Facts['image'];
}

/** One attempt with what is to be said of it. */
export interface Explained {
  attempt: Attempt;
  reach: Reach;
  diagnoses: Diagnosis[];
}

/** Other DHCP servers that are remembered: anybody can invent more. */
const SERVERS = 64;

/** Answers why a machine did not boot. */
export class TraceDesk {
  readonly #recorder: Recorder;
  readonly #surroundings: Surroundings;
  readonly #now: () => number;
  readonly #foreign = new Map<string, string>();

  constructor(recorder: Recorder, surroundings: Surroundings, now: () => number) {
    this.#recorder = recorder;
    this.#surroundings = surroundings;
    this.#now = now;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now();
  }

  /** Another DHCP server was found on a network of ours. */
  foundServer(address: string, mac: string): void {
    this.#foreign.delete(address);
    this.#foreign.set(address, mac);
    forgetOldest(this.#foreign, SERVERS);
  }

  /** The last attempts, newest first. */
  attemptsOf(host: Host): Attempt[] {
    return this.#recorder.attemptsOf(keysOf(host));
  }

  /** @param attempt one of them, or undefined: then nothing was heard, and that is said */
  explain(host: Host, attempt: Attempt | undefined, all: readonly Attempt[]): Explained {
    const entries = attempt?.entries ?? [];
    const diagnoses = diagnose(entries, this.#facts(host, attempt, all));
    return { attempt: attempt ?? nothing(host, this.#now()), reach: reachOf(entries), diagnoses };
  }

  /** Calls back for each step of the host until the returned function is called. */
  follow(host: Host, listener: (recorded: Recorded) => void): () => void {
    const keys = keysOf(host);
    return this.#recorder.follow((recorded) => {
      if (keys.includes(recorded.attempt.key)) listener(recorded);
    });
  }

  #facts(host: Host, attempt: Attempt | undefined, all: readonly Attempt[]): Facts {
    const { image, ...around } = this.#surroundings;
    const script = attempt?.entries.findLast(({ fact }) => fact.layer === 'script')?.fact;
    const led = script?.layer === 'script' && script.image !== undefined ? image(script.image) : null;
    const macs = attempt?.mac ? [attempt.mac] : macsOf(host);
    return {
      ...{ now: this.#now(), host, machine: host.inventory, image: led, ...around },
      // Where another server gives the addresses, our offers have none.
      proxy: attempt?.entries.some(({ fact }) => isOfferWithoutAddress(fact)) ?? false,
      foreign: this.#foreign,
      sameUuid: this.#recorder.sameUuid(macs),
      before: all.filter(({ startedAt }) => attempt && startedAt < attempt.startedAt).map(earlier),
    };
  }
}

/** An attempt is a host's, or of one of its cards from before it was a host. */
function keysOf(host: Host): string[] {
  return [host.id, ...macsOf(host)];
}

function macsOf(host: Host): string[] {
  return [...new Set([...host.macs, ...(host.inventory?.nics.map(({ mac }) => mac) ?? [])])];
}

function isOfferWithoutAddress(fact: Fact): boolean {
  return fact.layer === 'dhcp' && fact.by === 'us' && fact.type === 'offer' && fact.address === undefined;
}

function earlier({ startedAt, entries }: Attempt): Earlier {
  return {
    ...{ startedAt, reach: reachOf(entries) },
    installed: isInstalled(entries.map(({ fact }) => fact)),
    local: entries.some(({ fact }) => fact.layer === 'script' && fact.decision === 'local'),
  };
}

/** Its installer said so; where it says nothing, that it has its kickstart must do. */
function isInstalled(facts: readonly Fact[]): boolean {
  const steps = facts.flatMap((fact) => (fact.layer === 'installer' ? [fact.step] : []));
  const last = steps.findLast((step) => step === 'done' || step === 'failed');
  return last === undefined ? steps.includes('kickstart') : last === 'done';
}

function nothing({ id }: Host, now: number): Attempt {
  return { key: id, mac: null, startedAt: now, entries: [], bytes: 0, left: 0 };
}
