import type { Inventory } from '../../builder/contract/inventory.ts';
import type { Match, Matchable, Sighting } from '../hosts/match.ts';

export type Identified<H> =
  | { kind: 'host'; host: H }
  | { kind: 'unknown' }
  | { kind: 'ambiguous'; hosts: string[] };

/**
 * Which known host an inventory is. All its MACs count; its serial and UUID must not point at another host,
 * but where several hosts share them (duplicate SMBIOS UUIDs exist in the field) the MACs decide.
 */
export function identify<H extends Matchable>(
  find: (sighting: Sighting) => Match<H>,
  { nics, serial, uuid }: Pick<Inventory, 'nics' | 'serial' | 'uuid'>,
): Identified<H> {
  const byMac = nics.map(({ mac }) => find({ mac }));
  const bySmbios = find({ serial, uuid });
  const matches = [...byMac, bySmbios];
  const hosts = new Map(matches.flatMap((m) => (m.kind === 'host' ? [[m.host.name, m.host] as const] : [])));
  const decisive = hosts.size > 0 ? byMac : matches;
  const colliding = new Set(decisive.flatMap((m) => (m.kind === 'ambiguous' ? m.hosts : [])));
  if (hosts.size > 1 || colliding.size > 0) {
    return { kind: 'ambiguous', hosts: [...new Set([...hosts.keys(), ...colliding])].sort() };
  }
  const [host] = hosts.values();
  return host ? { kind: 'host', host } : { kind: 'unknown' };
}
