import { randomUUID } from 'node:crypto';
import { RackhandError } from '../../builder/shared/errors.ts';
import { identity } from '../../builder/shared/ids.ts';
import type { Entry, Journal, Severity } from '../events/journal.ts';
import { plainText } from '../events/plain-text.ts';
import type { Store } from '../store/database.ts';
import { GroupCommit } from '../store/group-commit.ts';
import { refuseCollisions } from './collisions.ts';
import { deleteHost, readHosts, withdrawTokens, writeHosts } from './host-store.ts';
import { Host, HostDeclaration, type HostDeclarationInput } from './model.ts';
import type { Listed } from './roster.ts';
import { type HostSignal, nextState } from './states.ts';
import { WaitingMachines } from './waiting.ts';

type Listener = (host: Host | undefined, id: string) => void;

/** Names of the hosts that a list of declarations touched, by what became of them. */
export interface Declared {
  declared: string[];
  replaced: string[];
  unchanged: string[];
}

/** What a declaration leads to. */
interface Plan {
  host: Host;
  /** The host of that name before. */
  known: Host | undefined;
  /** The machine that waited for approval and is this host. */
  adopted: Host | undefined;
  /** Further ones with its MACs: their records go, they boot as this host. */
  spare: Host[];
}

/** All hosts, in memory and in the store; every change is journalled and announced. */
export class Registry {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #now: () => Date;
  readonly #hosts = new Map<string, Host>();
  readonly #listeners = new Set<Listener>();
  /** Ids of hosts whose newest is to be written. */
  readonly #writes: GroupCommit<string[], undefined>;

  constructor(store: Store, journal: Journal, now: () => Date = () => new Date()) {
    this.#store = store;
    this.#journal = journal;
    this.#now = now;
    this.#writes = new GroupCommit(async (groups) => {
      await writeHosts(store, [...new Set(groups.flat())], (id) => this.#hosts.get(id));
      return groups.map(() => undefined);
    });
  }

  /** @throws RackhandError store-broken naming the row that cannot be read */
  async load(): Promise<void> {
    for (const host of await readHosts(this.#store)) this.#hosts.set(host.id, host);
  }

  /** Calls back after each change, with undefined for a removed host, until the returned function is called. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** By name. */
  list(): Host[] {
    return [...this.#hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws RackhandError host-absent */
  get(idOrName: string): Host {
    const host = this.#hosts.get(idOrName) ?? this.#named(idOrName);
    if (!host)
      throw new RackhandError('host-absent', `no host ${idOrName}`, 'list the hosts: rackhand hosts list');
    return host;
  }

  /** The host with that id, or undefined. */
  peek(id: string): Host | undefined {
    return this.#hosts.get(id);
  }

  /** What of the hosts can be matched to a machine. */
  matchable(): Listed[] {
    return [...this.#hosts.values()].map(matchableOf);
  }

  /**
   * Declares a new host: a machine that waits with its MAC is that host.
   * @throws RackhandError host-collides when its name, MAC, serial, UUID or address belongs to another host
   */
  async declare(input: HostDeclarationInput): Promise<Host> {
    const plan = this.#plan(HostDeclaration.parse(input), undefined, this.#waiting());
    const host = { ...plan.host, declaredAs: undefined };
    await this.#carryOut([{ ...plan, host }]);
    return host;
  }

  /**
   * Declares hosts and replaces the declarations of those that are known by name: all of them, or none when
   * one collides. With `onlyChanged`, a declaration that says what it said last time leaves its host alone:
   * what a person or a boot changed since (an arming that was used up) stays.
   * @throws RackhandError host-collides
   */
  async declareAll(inputs: readonly HostDeclarationInput[], onlyChanged = false): Promise<Declared> {
    const told: Declared = { declared: [], replaced: [], unchanged: [] };
    const plans: Plan[] = [];
    const byName = new Map(this.list().map((host) => [host.name, host]));
    const waiting = this.#waiting();
    for (const input of inputs) {
      const declaration = HostDeclaration.parse(input);
      const known = byName.get(declaration.name);
      const plan = this.#plan(declaration, known, waiting);
      const { host } = plan;
      const same = known && (onlyChanged ? known.declaredAs === host.declaredAs : sameHost(known, host));
      told[same ? 'unchanged' : known ? 'replaced' : 'declared'].push(declaration.name);
      if (!same) plans.push(plan);
    }
    await this.#carryOut(plans);
    return told;
  }

  /** An unknown machine that sent its inventory: pending until a person approves it. */
  async addPending(seenAs: string, macs: readonly string[]): Promise<Host> {
    const own = [...new Set(macs)].filter((mac) => mac !== '00:00:00:00:00:00').slice(0, 64);
    const label = seenAs.toLowerCase().replace(/[^0-9a-z]/g, '') || 'machine';
    const declaration = HostDeclaration.parse({ name: this.#freeName(`pending-${label}`), macs: own });
    const host = this.#fresh(declaration, PENDING);
    await this.#save(host);
    await this.note(host, 'state', 'notice', 'unknown machine: pending, waits for approval');
    return host;
  }

  /** @throws RackhandError host-absent | host-collides */
  async update(id: string, change: Partial<Host>): Promise<Host> {
    const host = { ...this.get(id), ...change };
    if (IDENTITY.some((field) => field in change)) refuseCollisions([host], this.#hosts.values());
    await this.#save(host);
    return host;
  }

  /** Forgets a host; tokens, sessions and certificates that were given to it end with it. */
  async remove(id: string): Promise<void> {
    const host = this.get(id);
    this.#hosts.delete(host.id); // at once: a signal of this moment must not store it again
    try {
      await deleteHost(this.#store, host.id);
    } catch (error) {
      this.#hosts.set(host.id, host);
      throw error;
    }
    for (const listener of this.#listeners) listener(undefined, host.id);
    await this.note(host, 'host', 'notice', `${host.name} removed`);
  }

  /**
   * Applies a signal; journals the transition when the state changes. A host that was merely seen again is
   * neither stored nor announced: thousands of heartbeats must not cost a write each.
   */
  async signal(id: string, signal: HostSignal, reason: string, change: Partial<Host> = {}): Promise<Host> {
    const before = this.get(id);
    const state = nextState(before.state, signal);
    const moved = state !== before.state;
    const since = { reason: plainText(reason), stateSince: this.#now().toISOString() };
    const host: Host = { ...before, ...change, state, ...(moved ? since : {}) };
    if (!moved && onlySeen(before, change)) {
      this.#hosts.set(host.id, host);
      return host;
    }
    await this.#save(host);
    if (moved) {
      const severity: Severity = ['failed', 'frozen', 'lost'].includes(state) ? 'error' : 'notice';
      await this.note(host, 'state', severity, `${before.state} → ${state}: ${reason}`);
    }
    return host;
  }

  async note(host: Host, kind: string, severity: Severity, message: string): Promise<void> {
    await this.#journal.record(entry(host, kind, severity, message));
  }

  #named(name: string): Host | undefined {
    for (const host of this.#hosts.values()) if (host.name === name) return host;
    return undefined;
  }

  #freeName(wanted: string): string {
    const base = wanted.slice(0, 48);
    for (let i = 1; ; i++) {
      const name = i === 1 ? base : `${base}-${i}`;
      if (!this.#named(name)) return name;
    }
  }

  #waiting(): WaitingMachines {
    return new WaitingMachines(this.#hosts.values());
  }

  #plan(declaration: HostDeclaration, known: Host | undefined, waiting: WaitingMachines): Plan {
    const found = waiting.take(declaration).filter((machine) => machine.id !== known?.id);
    const adopted = known ? undefined : found[0];
    const host = this.#redeclared(known ?? adopted, declaration);
    return { host, known, adopted, spare: found.filter((machine) => machine !== adopted) };
  }

  async #carryOut(plans: readonly Plan[]): Promise<void> {
    const hosts = plans.map(({ host }) => host);
    const spare = new Set(plans.flatMap((plan) => plan.spare));
    refuseCollisions(
      hosts,
      [...this.#hosts.values()].filter((host) => !spare.has(host)),
    );
    for (const { id } of spare) await this.remove(id);
    // Nobody has armed it: what it was given while it waited must not become a registration.
    for (const { adopted, host } of plans)
      if (adopted && host.arm === 'off') await withdrawTokens(this.#store, adopted.id);
    await this.#saveAll(hosts);
    await this.#journal.recordAll(plans.map((plan) => entry(plan.host, 'host', 'notice', toldOf(plan))));
  }

  #redeclared(known: Host | undefined, declaration: HostDeclaration): Host {
    const declaredAs = identity(declaration);
    if (!known) return { ...this.#fresh(declaration, DECLARED), declaredAs };
    // What the old declaration named and the new one leaves out is gone, not kept.
    const { serial, uuid, image, kickstart, installer, secureBoot, rack, unit, ...rest } = known;
    const { address, address6, install, ...kept } = rest;
    const state = known.approved ? known.state : nextState(known.state, 'approved');
    return { ...kept, ...declaration, state, declared: true, approved: true, declaredAs };
  }

  #fresh(
    declaration: HostDeclaration,
    given: Pick<Host, 'declared' | 'approved' | 'state' | 'reason'>,
  ): Host {
    const time = this.#now().toISOString();
    return {
      id: randomUUID(),
      ...declaration,
      ...given,
      createdAt: time,
      stateSince: time,
      lastSeen: null,
      inventory: null,
      certificateNotAfter: null,
      publicKey: null,
      managementAddress: null,
    };
  }

  async #save(host: Host): Promise<void> {
    await this.#saveAll([host]);
  }

  async #saveAll(given: readonly Host[]): Promise<void> {
    const hosts = given.map((host) => Host.parse(host));
    // Memory first and at once: two signals of one moment must see each other.
    const before = hosts.map(({ id }) => this.#hosts.get(id));
    for (const host of hosts) this.#hosts.set(host.id, host);
    try {
      await this.#writes.commit(hosts.map((host) => host.id));
    } catch (error) {
      for (const [i, host] of hosts.entries()) this.#restore(host, before[i]);
      throw error;
    }
    for (const host of hosts) for (const listener of this.#listeners) listener(host, host.id);
  }

  /** What could not be stored was not: unless something else has changed the host meanwhile. */
  #restore(failed: Host, before: Host | undefined): void {
    if (this.#hosts.get(failed.id) !== failed) return;
    if (before) this.#hosts.set(failed.id, before);
    else this.#hosts.delete(failed.id);
  }
}

/** Fields that no two hosts may share (collisions.ts). */
const IDENTITY = ['name', 'macs', 'serial', 'uuid', 'address', 'address6'];
const DECLARED = { declared: true, approved: true, state: 'declared', reason: 'declared' } as const;
const PENDING = { declared: false, approved: false, state: 'pending', reason: 'not approved yet' } as const;

export function matchableOf({ id, name, macs, uuid, serial, approved, inventory }: Host): Listed {
  const inventoryMacs = inventory?.nics.map((nic) => nic.mac) ?? [];
  return { id, name, macs, uuid, serial, approved, inventoryMacs };
}

function entry(host: Host, kind: string, severity: Severity, message: string): Entry {
  return { kind, severity, hostId: host.id, mac: host.macs[0] ?? null, message };
}

function toldOf({ known, adopted }: Plan): string {
  if (adopted) return `declared: it is ${adopted.name}, which waited for approval`;
  return known ? 'declaration replaced' : 'declared';
}

function onlySeen(before: Host, change: Partial<Host>): boolean {
  return Object.entries(change).every(
    ([field, value]) => field === 'lastSeen' || before[field as keyof Host] === value,
  );
}

function sameHost(a: Host, b: Host): boolean {
  return identity(a) === identity(b);
}
