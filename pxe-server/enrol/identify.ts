import type { Inventory } from '../../builder/contract/inventory.ts';
import { type Match, type Matchable, matchAll } from '../hosts/match.ts';

export type Identified<H> =
  | { kind: 'host'; host: H }
  | { kind: 'unknown' }
  | { kind: 'ambiguous'; hosts: string[] };

/**
 * Which known host an inventory is. All its MACs count, those that are declared before those that only
 * inventories name; its serial and UUID must not point at another host, but where several hosts share them
 * (duplicate SMBIOS UUIDs exist in the field) the MACs decide.
 */
export function identify<H extends Matchable>(
  hosts: Iterable<H>,
  { nics, serial, uuid }: Pick<Inventory, 'nics' | 'serial' | 'uuid'>,
): Identified<H> {
  const macs = nics.map(({ mac }) => ({ mac }));
  const [bySmbios, ...byMac] = matchAll(hosts, [{ serial, uuid }, ...macs]) as [Match<H>, ...Match<H>[]];
  const declared = byMac.filter((m) => m.kind !== 'none' && m.by !== 'inventory');
  const own = bySmbios.kind === 'host' ? [...declared, bySmbios] : declared;
  if (own.length > 0) return oneOf(own);
  const inInventories = oneOf(byMac);
  return inInventories.kind === 'unknown' ? oneOf([bySmbios]) : inInventories;
}

function oneOf<H extends Matchable>(matches: readonly Match<H>[]): Identified<H> {
  const hosts = new Map(matches.flatMap((m) => (m.kind === 'host' ? [[m.host.name, m.host] as const] : [])));
  const colliding = new Set(matches.flatMap((m) => (m.kind === 'ambiguous' ? m.hosts : [])));
  if (hosts.size > 1 || colliding.size > 0) {
    return { kind: 'ambiguous', hosts: [...new Set([...hosts.keys(), ...colliding])].sort() };
  }
  const [host] = hosts.values();
  return host ? { kind: 'host', host } : { kind: 'unknown' };
}
