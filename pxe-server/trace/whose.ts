import { forgetOldest } from '../events/oldest.ts';
import type { Step } from './entry.ts';

/** Addresses, MACs and UUIDs that are remembered: anybody can make up more. */
const MOST = 20_000;

/** Finds out whose a step is: it names a host, a MAC, or only the address that a machine was given. */
export class Whose {
  readonly #hostOf: (mac: string) => string | undefined;
  /** Address → key; MAC → host that its script named, where nobody declared the MAC. */
  readonly #byAddress = new Map<string, string>();
  readonly #byMac = new Map<string, string>();
  /** UUID → MACs that showed it. */
  readonly #byUuid = new Map<string, Set<string>>();

  /** @param hostOf id of the host that a MAC belongs to */
  constructor(hostOf: (mac: string) => string | undefined) {
    this.#hostOf = hostOf;
  }

  /** The key of the attempts that the step belongs to, and another under which they have been until now. */
  of({ hostId, mac, address, fact }: Step): { key: string; before?: string } | undefined {
    const own = mac === undefined ? undefined : (this.#hostOf(mac) ?? this.#byMac.get(mac));
    const key = hostId ?? own ?? mac ?? this.#byAddress.get(address ?? '');
    if (key === undefined) return undefined;
    if (address !== undefined) remember(this.#byAddress, address, key);
    if (mac !== undefined && fact.layer === 'dhcp' && fact.uuid !== undefined) this.#shown(fact.uuid, mac);
    const isNews = hostId !== undefined && mac !== undefined && own === undefined;
    if (isNews) remember(this.#byMac, mac, hostId);
    return isNews ? { key, before: mac } : { key };
  }

  /** Machines of other hosts that showed the same UUID as one of these MACs. */
  sameUuid(macs: readonly string[]): string[] {
    const own = new Set(macs.map((mac) => this.#hostOf(mac)));
    const all = [...this.#byUuid.values()].filter((shown) => macs.some((mac) => shown.has(mac)));
    const others = all.flatMap((shown) => [...shown]).filter((mac) => !macs.includes(mac));
    // Cards of one machine show one UUID: only what is known to be another host counts.
    return [...new Set(others)].filter((mac) => {
      const host = this.#hostOf(mac);
      return host !== undefined && !own.has(host);
    });
  }

  #shown(uuid: string, mac: string): void {
    const macs = this.#byUuid.get(uuid) ?? new Set();
    if (macs.size < 16) macs.add(mac);
    remember(this.#byUuid, uuid, macs);
  }
}

function remember<V>(map: Map<string, V>, name: string, value: V): void {
  map.delete(name);
  map.set(name, value);
  forgetOldest(map, MOST);
}
