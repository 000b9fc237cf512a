import type { DiskRule, StorageSettings, Volume } from '../../hosts/install/storage.ts';
import type { StorageContext } from './schema.ts';

/**
 * oVirt Node's documented volumes, MiB: a thin volume for each part that must not fill the others, and a fifth of the
 * group kept for the pool to grow.
 */
const THIN: readonly Volume[] = volumes([
  ['/', 6144, true],
  ['/home', 1024],
  ['/tmp', 1024],
  ['/var', 15_360],
  ['/var/crash', 10_240],
  ['/var/log', 8192],
  ['/var/log/audit', 2048],
]);
const PLAIN: readonly Volume[] = volumes([
  ['/', 8192, true],
  ['/home', 1024],
  ['/tmp', 1024],
  ['/var', 15_360],
  ['/var/log', 8192],
  ['/var/log/audit', 2048],
]);
/** Percent of the group. */
const RESERVED = 20;
const EFI_MIB = 600;

/** What is said of the disks, as the lines of a kickstart. Pure. */
export function storageContext(
  settings: StorageSettings,
  firmware: 'bios' | 'uefi' | undefined,
): StorageContext {
  const { disks, layout, data } = settings;
  const base = {
    ...{ layout, rules: disks.map(ruleContext), disks: disks.flatMap(diskNames) },
    bootDisk: diskNames(disks.find(({ role }) => role === 'system')!)[0]!,
  };
  const system = layout === 'auto' ? AUTOMATIC : systemDisks(settings, firmware);
  const further = data.map((one, i) => dataDisks(one, disks.find(({ role }) => role === one.role)!, i));
  return {
    ...base,
    ...system,
    partitions: [...system.partitions, ...further.flatMap(({ partitions }) => partitions)],
    raids: [...system.raids, ...further.flatMap(({ raids }) => raids)],
  };
}

type System = Pick<
  StorageContext,
  'firmwarePartitions' | 'partitions' | 'raids' | 'group' | 'pool' | 'volumes'
>;
type Drives = Pick<StorageContext, 'partitions' | 'raids'>;

const AUTOMATIC: System = {
  ...{ firmwarePartitions: false, partitions: [], raids: [], group: null, pool: null, volumes: [] },
};

function systemDisks(settings: StorageSettings, firmware: 'bios' | 'uefi' | undefined): System {
  const { disks, layout, raid, bootMiB } = settings;
  const names = diskNames(disks.find(({ role }) => role === 'system')!);
  const group = {
    name: settings.volumeGroup,
    members: ['pv.01'],
    reservedPercent: layout === 'thin' ? RESERVED : 0,
  };
  const logical = logicalVolumes(settings);
  const used = logical.volumes.reduce((sum, { sizeMiB }) => sum + sizeMiB, 1024);
  const needed = Math.ceil(used / (1 - group.reservedPercent / 100));
  const parts: Part[] = [
    { mountpoint: '/boot', device: 'boot', fileSystem: 'xfs', sizeMiB: bootMiB, grow: false },
    { mountpoint: 'pv.01', device: 'pv', fileSystem: null, sizeMiB: needed, grow: true },
  ];
  if (!raid) {
    const partitions = parts.map(({ device: _, ...part }) => ({ ...part, disk: names[0]! }));
    return { firmwarePartitions: true, partitions, raids: [], group, ...logical };
  }
  // What the firmware reads has to be on every disk, which the installer would not do by itself.
  const efi = { mountpoint: '/boot/efi', device: 'efi', fileSystem: 'efi', sizeMiB: EFI_MIB, grow: false };
  const bios = names.map((disk) => ({
    ...{ mountpoint: 'biosboot', disk, fileSystem: 'biosboot', sizeMiB: 1, grow: false },
  }));
  const mirrored = [...(firmware === 'uefi' ? [efi] : []), ...parts].map((part, i) =>
    onRaid(part, names, raid, i),
  );
  return {
    ...{ firmwarePartitions: false, group, ...logical },
    partitions: [...(firmware === 'uefi' ? [] : bios), ...mirrored.flatMap(({ partitions }) => partitions)],
    raids: mirrored.flatMap(({ raids }) => raids),
  };
}

function logicalVolumes(settings: StorageSettings): Pick<StorageContext, 'pool' | 'volumes'> {
  const thin = settings.layout === 'thin';
  const wanted = settings.volumes ?? (thin ? THIN : PLAIN);
  const made = wanted.map(({ mountpoint, sizeMiB, fileSystem, grow }) => ({
    ...{ mountpoint, sizeMiB, fileSystem, grow, thin },
    name: mountpoint === '/' ? 'root' : mountpoint.slice(1).replace(/[/.]/g, '_'),
  }));
  const swap = {
    ...{ mountpoint: 'swap', name: 'swap', fileSystem: 'swap', grow: false, thin: false },
    sizeMiB: settings.swapMiB,
  };
  const sizeMiB = made.reduce((sum, volume) => sum + volume.sizeMiB, 0);
  return {
    pool: thin ? { name: 'HostPool', sizeMiB } : null,
    volumes: [...(settings.swapMiB > 0 ? [swap] : []), ...made],
  };
}

function dataDisks(
  { mountpoint, fileSystem, raid }: StorageSettings['data'][number],
  rule: DiskRule,
  index: number,
): Drives {
  const names = diskNames(rule);
  const part: Part = { mountpoint, device: `data${index}`, fileSystem, sizeMiB: 1024, grow: true };
  if (raid) return onRaid(part, names, raid, 10 + index);
  const { device: _, ...plain } = part;
  return { partitions: [{ ...plain, disk: names[0]! }], raids: [] };
}

interface Part {
  mountpoint: string;
  device: string;
  fileSystem: string | null;
  sizeMiB: number;
  grow: boolean;
}

/** A partition of each disk, and the device that they make. */
function onRaid(part: Part, names: readonly string[], level: string, index: number): Drives {
  const { mountpoint, device, fileSystem, sizeMiB, grow } = part;
  const member = (i: number) => `raid.${(index + 1) * 100 + i + 1}`;
  return {
    partitions: names.map((disk, i) => ({ mountpoint: member(i), disk, fileSystem: null, sizeMiB, grow })),
    raids: [{ mountpoint, device, level, fileSystem, members: names.map((_, i) => member(i)) }],
  };
}

/** How the disks of a rule are called until %pre has found them. */
export function diskNames({ role, count }: Pick<DiskRule, 'role' | 'count'>): string[] {
  return Array.from({ length: count }, (_, i) => `@${role}.${i}@`);
}

export function ruleContext(rule: DiskRule): StorageContext['rules'][number] {
  const { role, count, take, minGiB, maxGiB, transport = '', rotational } = rule;
  const bytes = (gib: number | undefined) => (gib === undefined ? '' : String(BigInt(gib) << 30n));
  const pattern = (text: string | undefined) => (text ?? '').toLowerCase().trim();
  return {
    ...{ role, count, take, transport },
    ...{ min: bytes(minGiB), max: bytes(maxGiB) },
    rotational: rotational === undefined ? '' : rotational ? '1' : '0',
    ...{ model: pattern(rule.model), serial: pattern(rule.serial), wwn: pattern(rule.wwn) },
  };
}

function volumes(rows: [mountpoint: string, sizeMiB: number, grow?: boolean][]): Volume[] {
  return rows.map(([mountpoint, sizeMiB, grow = false]) => ({
    mountpoint,
    sizeMiB,
    grow,
    fileSystem: 'xfs',
  }));
}
