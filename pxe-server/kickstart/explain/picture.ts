import type {
  Document,
  FileSystem,
  Partition,
  Raid,
  Sized,
  Storage,
  Volume,
  VolumeGroup,
} from '../document/shapes.ts';
import { isMember } from '../meaning/facts.ts';

/** Disks and what is made on them, as a tree for a terminal. */
export function diskPicture({ storage }: Pick<Document, 'storage'>): string[] {
  const { mounts, raids, groups } = storage;
  return [
    ...disksOf(storage).flatMap((disk) => branch(diskTitle(disk, storage), onDisk(disk, storage))),
    ...raids.flatMap((raid) => branch(raidTitle(raid), [])),
    ...groups.flatMap((group) => branch(groupTitle(group), inGroup(group, storage))),
    ...(mounts.length > 0
      ? branch(
          'what is there already',
          mounts.map(({ device, mountpoint, reformat }) => {
            const made =
              reformat === undefined ? 'kept' : `made anew${reformat === true ? '' : ` as ${reformat}`}`;
            return [device, '', `${mountpoint}, ${made}`];
          }),
        )
      : []),
  ];
}

/** Of partitions that name none, the installer chooses one. */
function disksOf({ partitions }: Storage): (string | undefined)[] {
  return [...new Set(partitions.map(diskOf))];
}

function diskOf({ disk, existing }: Partition): string | undefined {
  return disk ?? (existing === undefined ? undefined : existing.replace(/(?<=\d)p\d+$|(?<=[a-z])\d+$/, ''));
}

function diskTitle(disk: string | undefined, { clear, only }: Storage): string {
  const name = disk ?? (only ? `disk ${only.join(' or ')}` : 'any disk that may be used');
  const isCleared =
    clear && clear.what !== 'none' && (clear.disks.length === 0 || (disk && clear.disks.includes(disk)));
  return `${disk ? `disk ${name}` : name}${isCleared ? `, ${cleared(clear)} first` : ''}`;
}

function cleared({ what, label }: NonNullable<Storage['clear']>): string {
  return `${what === 'linux' ? 'its Linux partitions removed' : 'emptied'}${label ? `, ${label} label` : ''}`;
}

type Row = [name: string, size: string, use: string];

function onDisk(disk: string | undefined, { partitions }: Storage): Row[] {
  return partitions
    .filter((partition) => diskOf(partition) === disk)
    .map(
      (partition): Row => [partition.existing ?? label(partition), sizeText(partition), useText(partition)],
    );
}

const label = ({ mountpoint }: FileSystem) => (isMember(mountpoint) ? mountpoint : 'partition');

function raidTitle(raid: Raid): string {
  const made = raid.existing ? 'as it is' : `of ${raid.members.join(' + ')}`;
  const spares = raid.spares > 0 ? `, ${raid.spares} spare` : '';
  return `${raid.level ?? 'RAID'} ${raid.device}, ${made}${spares}: ${useText(raid)}`;
}

function groupTitle({
  name,
  members,
  existing,
  extent,
  reservedPercent,
  reservedSpace,
}: VolumeGroup): string {
  const free = [
    reservedPercent ? `${reservedPercent}% kept free` : '',
    reservedSpace ? `${reservedSpace} MiB kept free` : '',
  ].filter((part) => part !== '');
  const made = existing ? 'as it is' : `of ${members.join(' + ')}`;
  return [`volume group ${name}, ${made}`, ...(extent > 0 ? [`extents of ${extent} KiB`] : []), ...free].join(
    ', ',
  );
}

function inGroup({ name }: VolumeGroup, { volumes }: Storage): Row[] {
  const own = volumes.filter(({ group }) => group === name);
  const inPool = (pool: string) => own.filter((volume) => volume.kind === 'thin' && volume.pool === pool);
  const row = (volume: Volume, indent = ''): Row => [
    indent + volume.name,
    volume.percent === undefined ? sizeText(volume) : `${volume.percent}% of what is free`,
    volume.kind === 'thin-pool' ? 'thin pool' : useText(volume),
  ];
  return own
    .filter(({ kind, pool }) => kind !== 'thin' || !own.some((one) => one.name === pool))
    .flatMap((volume) => [row(volume), ...inPool(volume.name).map((thin) => row(thin, '  '))]);
}

export function sizeText({ size, maxsize, grow, chosen }: Sized): string {
  if (size === undefined) return chosen ? 'as large as the memory asks' : '';
  return `${size} MiB${grow ? (maxsize === undefined ? ' or more' : ` to ${maxsize} MiB`) : ''}`;
}

function useText({ mountpoint, type, format, encryption, mountOptions }: FileSystem): string {
  const use = isMember(mountpoint)
    ? mountpoint.startsWith('pv.')
      ? 'physical volume'
      : 'member of a RAID device'
    : mountpoint;
  const details = [
    type === undefined || type === mountpoint ? '' : type,
    encryption ? 'encrypted' : '',
    format ? '' : 'not formatted',
    mountOptions ?? '',
  ].filter((part) => part !== '');
  return details.length === 0 ? use : `${use}, ${details.join(', ')}`;
}

function branch(title: string, rows: readonly Row[]): string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return [
    title,
    ...rows.map(([name, size, use], i) => {
      const arm = i === rows.length - 1 ? '└─' : '├─';
      return `${arm} ${name.padEnd(widths[0]!)}  ${size.padStart(widths[1]!)}  ${use}`.trimEnd();
    }),
  ];
}
