import { randomUUID } from 'node:crypto';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { Journal, Severity } from '../events/journal.ts';
import type { Store } from '../store/database.ts';
import { type Match, matchHost, type Sighting } from './match.ts';
import { Host, HostDeclaration, type HostDeclarationInput } from './model.ts';
import { type HostSignal, nextState } from './states.ts';

/** All hosts, in memory and in the store; every change is journalled and announced. */
export class Registry {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #now: () => Date;
  readonly #hosts = new Map<string, Host>();
  readonly #listeners: ((host: Host | undefined, id: string) => void)[] = [];

  constructor(store: Store, journal: Journal, now: () => Date = () => new Date()) {
    this.#store = store;
    this.#journal = journal;
    this.#now = now;
  }

  async load(): Promise<void> {
    for (const row of await this.#store.selectFrom('hosts').select('document').execute()) {
      const host = Host.parse(JSON.parse(row.document));
      this.#hosts.set(host.id, host);
    }
  }

  onChange(listener: (host: Host | undefined, id: string) => void): void {
    this.#listeners.push(listener);
  }

  list(): Host[] {
    return [...this.#hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws RackhandError host-absent */
  get(idOrName: string): Host {
    const host = this.#hosts.get(idOrName) ?? this.list().find((h) => h.name === idOrName);
    if (!host)
      throw new RackhandError('host-absent', `no host ${idOrName}`, 'list the hosts: rackhand hosts list');
    return host;
  }

  find(sighting: Sighting): Match<Host & { inventoryMacs: string[] }> {
    const hosts = this.list().map((h) => ({
      ...h,
      inventoryMacs: h.inventory?.nics.map((n) => n.mac) ?? [],
    }));
    return matchHost(hosts, sighting);
  }

  /**
   * Declares a host, or replaces the declaration of the host with that name.
   * @throws RackhandError host-collides when a MAC, serial, UUID or address belongs to another host
   */
  async declare(input: HostDeclarationInput): Promise<Host> {
    const declaration = HostDeclaration.parse(input);
    const known = this.list().find((h) => h.name === declaration.name);
    this.#refuseCollision(declaration, known?.id);
    const host = known
      ? { ...known, ...declaration, declared: true, approved: true }
      : this.#fresh(declaration, { declared: true, approved: true, state: 'declared', reason: 'declared' });
    await this.#save(host);
    await this.note(host, 'host', 'notice', known ? 'declaration replaced' : 'declared');
    return host;
  }

  /** An unknown machine that sent its inventory: pending until a person approves it. */
  async addPending(mac: string, macs: string[]): Promise<Host> {
    const base = `pending-${mac.replaceAll(':', '')}`;
    const declaration = HostDeclaration.parse({ name: base, macs });
    const host = this.#fresh(declaration, {
      declared: false,
      approved: false,
      state: 'pending',
      reason: 'not approved yet',
    });
    await this.#save(host);
    await this.note(host, 'state', 'notice', 'unknown machine: pending, waits for approval');
    return host;
  }

  async update(id: string, change: Partial<Host>): Promise<Host> {
    const host = { ...this.get(id), ...change };
    this.#refuseCollision(host, id);
    await this.#save(host);
    return host;
  }

  async remove(id: string): Promise<void> {
    const host = this.get(id);
    this.#hosts.delete(host.id);
    await this.#store.deleteFrom('sessions').where('hostId', '=', host.id).execute();
    await this.#store.deleteFrom('hosts').where('id', '=', host.id).execute();
    for (const listener of this.#listeners) listener(undefined, host.id);
    await this.#journal.record({
      kind: 'host',
      severity: 'notice',
      hostId: host.id,
      mac: null,
      message: `${host.name} removed`,
    });
  }

  /** Applies a signal; journals the transition when the state changes. */
  async signal(id: string, signal: HostSignal, reason: string, change: Partial<Host> = {}): Promise<Host> {
    const before = this.get(id);
    const state = nextState(before.state, signal);
    const moved = state !== before.state;
    const host: Host = {
      ...before,
      ...change,
      state,
      ...(moved ? { reason, stateSince: this.#now().toISOString() } : {}),
    };
    await this.#save(host);
    if (moved) {
      const severity: Severity = ['failed', 'frozen', 'lost'].includes(state) ? 'error' : 'notice';
      await this.note(host, 'state', severity, `${before.state} → ${state}: ${reason}`);
    }
    return host;
  }

  async note(host: Host, kind: string, severity: Severity, message: string): Promise<void> {
    await this.#journal.record({ kind, severity, hostId: host.id, mac: host.macs[0] ?? null, message });
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

  #refuseCollision(wanted: HostDeclaration, self: string | undefined): void {
    for (const other of this.#hosts.values()) {
      if (other.id === self) continue;
      const same =
        other.name === wanted.name
          ? `name ${wanted.name}`
          : (wanted.macs.find((mac) => other.macs.includes(mac)) ??
            (wanted.serial && wanted.serial === other.serial ? `serial ${wanted.serial}` : undefined) ??
            (wanted.uuid && wanted.uuid === other.uuid ? `UUID ${wanted.uuid}` : undefined) ??
            (wanted.address && wanted.address === other.address ? `address ${wanted.address}` : undefined));
      if (same) {
        throw new RackhandError(
          'host-collides',
          `${same} belongs to host ${other.name}`,
          'remove one of the two',
        );
      }
    }
  }

  async #save(host: Host): Promise<void> {
    const checked = Host.parse(host);
    // Memory first and at once: two signals of one moment must see each other.
    this.#hosts.set(host.id, checked);
    const document = JSON.stringify(checked);
    await this.#store
      .insertInto('hosts')
      .values({ id: host.id, name: host.name, document })
      .onConflict((c) => c.column('id').doUpdateSet({ name: host.name, document }))
      .execute();
    for (const listener of this.#listeners) listener(checked, host.id);
  }
}
