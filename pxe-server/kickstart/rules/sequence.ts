/** Commands that cannot stand in one kickstart: each of the first with each of the second. */
export const CONFLICTS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['autopart'], ['part', 'raid', 'volgroup', 'logvol', 'reqpart', 'mount']],
  [['mount'], ['part', 'raid', 'volgroup', 'logvol', 'reqpart']],
  [['bootc'], ['ostreesetup', 'ostreecontainer']],
  [['ostreesetup'], ['ostreecontainer']],
];

/** The earlier command that the later one cannot stand with. */
export function conflictOf(seen: ReadonlySet<string>, name: string): string | undefined {
  for (const [ones, others] of CONFLICTS) {
    const against = ones.includes(name) ? others : others.includes(name) ? ones : [];
    const found = against.find((other) => seen.has(other));
    if (found !== undefined) return found;
  }
  return undefined;
}
