/** What of a host can be matched; declared and inventoried MACs count alike. */
export interface Matchable {
  name: string;
  macs: readonly string[];
  inventoryMacs: readonly string[];
  uuid?: string | undefined;
  serial?: string | undefined;
}

/** What a machine shows of itself before or while it boots; all of it can be forged. */
export interface Sighting {
  mac?: string | undefined;
  uuid?: string | undefined;
  serial?: string | undefined;
}

export type Match<H extends Matchable> =
  | { kind: 'host'; host: H; by: 'mac' | 'uuid' | 'serial' }
  | { kind: 'none' }
  | { kind: 'ambiguous'; hosts: string[]; by: 'mac' | 'uuid' | 'serial' | 'mixed' };

/**
 * Which host a sighting is. Written tie-break: a MAC decides before a UUID, a UUID before a serial. Two hosts with the same value, or a MAC of one
 * host with the declared serial of another, is an ambiguity that names what collided, never a guess.
 * Duplicate SMBIOS UUIDs and filler serials exist in the field: those that say nothing are ignored.
 */
export function matchHost<H extends Matchable>(hosts: readonly H[], sighting: Sighting): Match<H> {
  const byMac = sighting.mac ? hosts.filter((h) => macsOf(h).includes(sighting.mac!)) : [];
  const byUuid = meaningful(sighting.uuid) ? hosts.filter((h) => sameText(h.uuid, sighting.uuid)) : [];
  const bySerial = meaningful(sighting.serial)
    ? hosts.filter((h) => sameText(h.serial, sighting.serial))
    : [];

  const all = new Set([...byMac, ...byUuid, ...bySerial].map((h) => h.name));
  for (const [by, found] of [
    ['mac', byMac],
    ['uuid', byUuid],
    ['serial', bySerial],
  ] as const) {
    if (found.length > 1) return { kind: 'ambiguous', hosts: found.map((h) => h.name).sort(), by };
  }
  if (all.size > 1) return { kind: 'ambiguous', hosts: [...all].sort(), by: 'mixed' };
  if (byMac[0]) return { kind: 'host', host: byMac[0], by: 'mac' };
  if (byUuid[0]) return { kind: 'host', host: byUuid[0], by: 'uuid' };
  if (bySerial[0]) return { kind: 'host', host: bySerial[0], by: 'serial' };
  return { kind: 'none' };
}

function macsOf(host: Matchable): string[] {
  return [...host.macs, ...host.inventoryMacs];
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

const FILLER =
  /^(0+|f+|none|unknown|not specified|default string|to be filled.*|system serial number|[0f-]+)?$/i;

function meaningful(text: string | undefined): boolean {
  return text !== undefined && !FILLER.test(text.trim());
}
