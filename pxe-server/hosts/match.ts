/** What of a host can be matched. A machine that nobody approved only says which MACs it has: any host comes first. */
export interface Matchable {
  name: string;
  macs: readonly string[];
  inventoryMacs: readonly string[];
  uuid?: string | undefined;
  serial?: string | undefined;
  approved?: boolean | undefined;
}

/** What a machine shows of itself before or while it boots; all of it can be forged. */
export interface Sighting {
  mac?: string | undefined;
  uuid?: string | undefined;
  serial?: string | undefined;
}

/** What of a host a sighting fits: declared MAC, UUID or serial, or a MAC that its inventory names. */
export type Evidence = 'mac' | 'uuid' | 'serial' | 'inventory';

export type Match<H extends Matchable> =
  | { kind: 'host'; host: H; by: Evidence }
  | { kind: 'none' }
  | { kind: 'ambiguous'; hosts: string[]; by: Evidence | 'mixed' };

/** What a person can do about an ambiguity: what is declared beats what inventories say. */
export const TELL_APART =
  'declare each MAC, UUID and serial for the one host that it is in: rackhand hosts set NAME --mac …';

/**
 * Which host a sighting is. Written tie-break: a MAC decides before a UUID, a UUID before a serial, and all that
 * is declared before the inventories: a card that was moved is where a person says. Two hosts with the same
 * value, or a MAC of one host with the declared serial of another, is an ambiguity that names what collided,
 * never a guess.
 * Duplicate SMBIOS UUIDs and filler serials exist in the field: those that say nothing are ignored.
 */
export function matchHost<H extends Matchable>(hosts: Iterable<H>, sighting: Sighting): Match<H> {
  return matchAll(hosts, [sighting])[0]!;
}

/** The same for several sightings: each host is looked at once, whatever their number. */
export function matchAll<H extends Matchable>(
  hosts: Iterable<H>,
  sightings: readonly Sighting[],
): Match<H>[] {
  const wanted = {
    mac: wantedOf<H>(sightings, ({ mac }) => mac),
    inventory: wantedOf<H>(sightings, ({ mac }) => mac),
    uuid: wantedOf<H>(sightings, ({ uuid }) => meaningful(uuid)),
    serial: wantedOf<H>(sightings, ({ serial }) => meaningful(serial)),
  };
  for (const host of hosts) {
    for (const mac of declaredMacs(host)) wanted.mac.get(mac)?.add(host);
    for (const mac of seenMacs(host)) wanted.inventory.get(mac)?.add(host);
    if (host.uuid) wanted.uuid.get(host.uuid.toLowerCase())?.add(host);
    if (host.serial) wanted.serial.get(host.serial.toLowerCase())?.add(host);
  }
  return sightings.map(({ mac = '', uuid, serial }) =>
    choose({
      mac: [...(wanted.mac.get(mac) ?? [])],
      uuid: [...(wanted.uuid.get(meaningful(uuid) ?? '') ?? [])],
      serial: [...(wanted.serial.get(meaningful(serial) ?? '') ?? [])],
      inventory: [...(wanted.inventory.get(mac) ?? [])],
    }),
  );
}

/** What is looked for → hosts that have it, none yet. */
function wantedOf<H>(
  sightings: readonly Sighting[],
  value: (sighting: Sighting) => string | undefined,
): Map<string, Set<H>> {
  return new Map(
    sightings.flatMap((sighting) => {
      const key = value(sighting);
      return key ? [[key, new Set<H>()] as const] : [];
    }),
  );
}

/** Hosts that each part of a sighting fits → one of them, or why none. */
export function choose<H extends Matchable>({
  inventory,
  ...declared
}: Record<Evidence, readonly H[]>): Match<H> {
  for (const [by, found] of Object.entries(declared) as [Evidence, readonly H[]][])
    if (found.length > 1) return { kind: 'ambiguous', hosts: names(found), by };
  const fits = Object.entries(declared).flatMap(([by, [host]]) =>
    host ? [{ by: by as Evidence, host }] : [],
  );
  const [first] = fits;
  if (first && fits.some(({ host }) => host !== first.host))
    return { kind: 'ambiguous', hosts: names(fits.map(({ host }) => host)), by: 'mixed' };
  if (first) return { kind: 'host', ...first };
  const approved = inventory.filter((host) => host.approved !== false);
  const seen = approved.length > 0 ? approved : inventory;
  if (seen.length > 1) return { kind: 'ambiguous', hosts: names(seen), by: 'inventory' };
  return seen[0] ? { kind: 'host', host: seen[0], by: 'inventory' } : { kind: 'none' };
}

function names(hosts: readonly Matchable[]): string[] {
  return [...new Set(hosts.map((host) => host.name))].sort();
}

export function declaredMacs({ macs, approved }: Pick<Matchable, 'macs' | 'approved'>): readonly string[] {
  return approved === false ? [] : macs;
}

export function seenMacs({ macs, inventoryMacs, approved }: Omit<Matchable, 'name'>): readonly string[] {
  return approved === false ? [...macs, ...inventoryMacs] : inventoryMacs;
}

const FILLER =
  /^(0+|f+|none|unknown|not specified|default string|to be filled.*|system serial number|[0f-]+)?$/i;

/** The text as it is compared, in lower case; undefined when it says nothing, as a serial that nobody filled in. */
export function meaningful(text: string | undefined): string | undefined {
  return text === undefined || FILLER.test(text.trim()) ? undefined : text.toLowerCase();
}
