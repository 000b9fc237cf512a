import type { Document, Raid, Storage } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode } from '../nodes.ts';
import { isMember, RAID_MEMBERS } from './facts.ts';
import { tell } from './tell.ts';

/** Whether what is made of partitions has them, and each of them once. */
export function memberFindings({ storage, unseen }: Document): Finding[] {
  const found = [...namesTwice(storage), ...storage.raids.flatMap(levelFindings), ...usedTwice(storage)];
  // What is missing here may be in a file that only the installer reads.
  return unseen.length > 0 ? found : [...found, ...danglingFindings(storage), ...unusedFindings(storage)];
}

function danglingFindings({ partitions, raids, groups, volumes }: Storage): Finding[] {
  const names = new Set([...partitions, ...raids, ...volumes].map(({ mountpoint }) => mountpoint));
  const groupNames = new Map(groups.map((group) => [group.name, group]));
  const pools = new Set(
    volumes.filter(({ kind }) => kind === 'thin-pool').map(({ group, name }) => `${group}/${name}`),
  );
  const missing = (node: CommandNode, members: readonly string[], what: string) =>
    members
      .filter((member) => !names.has(member))
      .map((member) =>
        tell(node, {
          ...{ code: 'member-unknown', message: `no part or raid is called ${member}`, field: 'members' },
          mend: `add part ${member} --size=…, or take it out of the ${what}`,
        }),
      );
  return [
    ...groups.flatMap(({ node, members }) => missing(node, members, 'volume group')),
    ...raids.flatMap(({ node, members }) => missing(node, members, 'RAID device')),
    ...volumes.flatMap(({ node, group, pool, kind, existing }) => {
      if (existing) return [];
      if (!groupNames.has(group))
        return [
          tell(node, {
            ...{ code: 'group-unknown', message: `no volgroup is called ${group}`, field: 'vgname' },
            mend: `add volgroup ${group} and its members; --useexisting if it is there`,
          }),
        ];
      if (kind !== 'thin' || pools.has(`${group}/${pool}`) || groupNames.get(group)!.existing) return [];
      const message = `${group} has no thin pool ${pool}`;
      const mend = `add logvol none --vgname=${group} --name=${pool} --thinpool --size=…`;
      return [tell(node, { code: 'pool-unknown', message, mend, field: 'poolname' })];
    }),
  ];
}

function unusedFindings({ partitions, raids, groups, volumes }: Storage): Finding[] {
  const used = new Set([...groups, ...raids].flatMap(({ members }) => members));
  const cached = new Set(volumes.flatMap(({ node }) => (node.values.cachepvs as string[] | undefined) ?? []));
  return [...partitions, ...raids]
    .filter(({ mountpoint }) => isMember(mountpoint) && !used.has(mountpoint) && !cached.has(mountpoint))
    .map(({ node, mountpoint }) =>
      tell(node, {
        ...{ code: 'member-unused', message: `nothing uses ${mountpoint}`, severity: 'warning' },
        ...{ mend: 'name it in a volgroup or raid', field: 'mountpoint' },
      }),
    );
}

function usedTwice({ groups, raids }: Storage): Finding[] {
  const users = new Map<string, string>();
  return [
    ...groups.map((g) => ({ ...g, label: g.name })),
    ...raids.map((r) => ({ ...r, label: r.device })),
  ].flatMap(({ node, members, label }) =>
    members.flatMap((member) => {
      const first = users.get(member);
      users.set(member, first ?? label);
      if (first === undefined) return [];
      const message = `${member} belongs to ${first} already`;
      return [tell(node, { code: 'name-twice', message, mend: 'give each its own', field: 'members' })];
    }),
  );
}

function namesTwice({ partitions, raids, groups, volumes }: Storage): Finding[] {
  const named = [
    ...[...partitions, ...raids]
      .filter(({ mountpoint }) => isMember(mountpoint))
      .map(({ node, mountpoint }) => ({ node, name: mountpoint, field: 'mountpoint' })),
    ...raids.map(({ node, device }) => ({ node, name: `RAID device ${device}`, field: 'device' })),
    ...groups.map(({ node, name }) => ({ node, name: `volume group ${name}`, field: 'name' })),
    ...volumes.map(({ node, group, name }) => ({ node, name: `volume ${group}/${name}`, field: 'name' })),
  ];
  const first = new Map<string, CommandNode>();
  return named.flatMap(({ node, name, field }) => {
    const before = first.get(name);
    first.set(name, before ?? node);
    // A member's mount point is looked at by layout.ts too, once is enough.
    if (!before || field === 'mountpoint') return [];
    const message = `${name} was there already, in line ${before.line.number}`;
    return [tell(node, { code: 'name-twice', message, mend: 'keep one of them', field })];
  });
}

function levelFindings({ node, level, members, spares, existing }: Raid): Finding[] {
  const least = level === undefined ? undefined : RAID_MEMBERS[level];
  const active = members.length - spares;
  if (existing || least === undefined || active >= least) return [];
  const counted =
    spares > 0 ? `${members.length} members less ${spares} spares` : `${members.length} members`;
  const message = `${level} needs ${least} members; there are ${counted}`;
  return [
    tell(node, {
      code: 'members-few',
      message,
      mend: 'add members, or choose another level',
      field: 'level',
    }),
  ];
}
