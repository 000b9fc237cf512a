import {
  choose,
  declaredMacs,
  type Evidence,
  type Match,
  type Matchable,
  meaningful,
  type Sighting,
  seenMacs,
} from './match.ts';

const NOBODY: readonly never[] = [];

export type Listed = Matchable & { id: string };

/**
 * Hosts by all that they can be known by, kept up to date host by host: a rack that is switched on asks thousands of
 * times, and each answer changes a host.
 */
export class Roster<H extends Listed> implements Iterable<H> {
  readonly #hosts = new Map<string, H>();
  readonly #by: Record<Evidence, Map<string, Set<H>>> = {
    mac: new Map(),
    inventory: new Map(),
    uuid: new Map(),
    serial: new Map(),
  };
  #knownBySerialAlone = 0;

  constructor(hosts: Iterable<H> = []) {
    for (const host of hosts) this.set(host);
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** Approved hosts that nothing but a serial was declared of. */
  get knownBySerialAlone(): number {
    return this.#knownBySerialAlone;
  }

  get(id: string): H | undefined {
    return this.#hosts.get(id);
  }

  [Symbol.iterator](): Iterator<H> {
    return this.#hosts.values();
  }

  /** In the place of the one with its id. */
  set(host: H): void {
    this.delete(host.id);
    this.#hosts.set(host.id, host);
    if (isKnownBySerialAlone(host)) this.#knownBySerialAlone += 1;
    for (const [by, value] of keysOf(host)) {
      const hosts = this.#by[by].get(value);
      if (hosts) hosts.add(host);
      else this.#by[by].set(value, new Set([host]));
    }
  }

  /** @returns the host that was there */
  delete(id: string): H | undefined {
    const host = this.#hosts.get(id);
    if (!host) return undefined;
    this.#hosts.delete(id);
    if (isKnownBySerialAlone(host)) this.#knownBySerialAlone -= 1;
    for (const [by, value] of keysOf(host)) {
      const hosts = this.#by[by].get(value);
      hosts?.delete(host);
      if (hosts?.size === 0) this.#by[by].delete(value);
    }
    return host;
  }

  /** Those with that MAC, declared or of an inventory; UUIDs and serials in lower case. */
  having(by: Evidence, value: string | undefined): readonly H[] {
    const hosts = this.#by[by].get(value ?? '');
    return hosts ? [...hosts] : NOBODY;
  }

  /** As `matchHost`. */
  match({ mac, uuid, serial }: Sighting): Match<H> {
    return choose({
      mac: this.having('mac', mac),
      uuid: this.having('uuid', meaningful(uuid)),
      serial: this.having('serial', meaningful(serial)),
      inventory: this.having('inventory', mac),
    });
  }
}

function keysOf(host: Matchable): [Evidence, string][] {
  const all: [Evidence, string | undefined][] = [
    ...declaredMacs(host).map((mac): [Evidence, string] => ['mac', mac]),
    ...seenMacs(host).map((mac): [Evidence, string] => ['inventory', mac]),
    ['uuid', host.uuid?.toLowerCase()],
    ['serial', host.serial?.toLowerCase()],
  ];
  return all.filter((key): key is [Evidence, string] => Boolean(key[1]));
}

function isKnownBySerialAlone({ approved, serial, macs }: Matchable): boolean {
  return approved === true && serial !== undefined && macs.length === 0;
}
