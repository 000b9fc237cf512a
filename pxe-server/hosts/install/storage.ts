import { z } from 'zod';
import { Slug } from '../../../builder/contract/fields.ts';
import { MountPoint } from './words.ts';

/** Gibibytes, as the sizes of disks are written here. */
const GiB = z
  .int()
  .min(1)
  .max(1 << 20);
const MiB = z
  .int()
  .min(1)
  .max(1 << 30);
/** Compared as firmware and udev write it, upper and lower case alike; * stands for anything. */
const Pattern = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9 ._:/+*-]+$/, 'expected letters, digits, blanks, ._:/+- and * for anything');

export const TRANSPORTS = ['nvme', 'sata', 'sas', 'scsi', 'virtio', 'usb', 'fc', 'iscsi'] as const;

/**
 * Which disks a role means: all that is said must be true of a disk. Other disks are left alone. A rule that fits more
 * or fewer disks than `count` is an error before anything is written, unless `take` says which of them.
 */
export const DiskRule = z.strictObject({
  /** system: what the system is on; any other name is used by `data`. */
  role: Slug,
  count: z.int().min(1).max(64).default(1),
  /** Of several that fit: those of the least or greatest size; two of the same size there are an error again. */
  take: z.enum(['all', 'smallest', 'largest']).default('all'),
  minGiB: GiB.optional(),
  maxGiB: GiB.optional(),
  transport: z.enum(TRANSPORTS).optional(),
  rotational: z.boolean().optional(),
  model: Pattern.optional(),
  serial: Pattern.optional(),
  wwn: Pattern.optional(),
});
export type DiskRule = z.infer<typeof DiskRule>;

export const FILE_SYSTEMS = ['xfs', 'ext4'] as const;
export const RAID_LEVELS = ['raid0', 'raid1', 'raid4', 'raid5', 'raid6', 'raid10'] as const;
/** Disks that a level needs. */
export const RAID_LEAST: Record<(typeof RAID_LEVELS)[number], number> = {
  ...{ raid0: 2, raid1: 2, raid4: 3, raid5: 3, raid6: 4, raid10: 4 },
};

/** A logical volume; a thin one unless the layout is plain. */
const Volume = z.strictObject({
  mountpoint: MountPoint,
  sizeMiB: MiB,
  fileSystem: z.enum(FILE_SYSTEMS).default('xfs'),
  /** Takes what is left. */
  grow: z.boolean().default(false),
});
export type Volume = z.infer<typeof Volume>;

const Data = z.strictObject({
  role: Slug,
  mountpoint: MountPoint,
  fileSystem: z.enum(FILE_SYSTEMS).default('xfs'),
  raid: z.enum(RAID_LEVELS).optional(),
});

/** Disks and what is put on them; without it the installer empties all disks and divides them itself. */
export const StorageSettings = z
  .strictObject({
    disks: z.array(DiskRule).min(1).max(16),
    /** thin: thin volumes as oVirt Node documents them; plain: ordinary volumes; auto: the installer divides. */
    layout: z.enum(['thin', 'plain', 'auto']).default('thin'),
    /** Over all disks of the role system. */
    raid: z.enum(RAID_LEVELS).optional(),
    /** What the firmware boots by; with RAID it has to be known, by this or by an inventory. */
    firmware: z.enum(['bios', 'uefi']).optional(),
    bootMiB: MiB.default(1024),
    /** 0: none. */
    swapMiB: z
      .int()
      .min(0)
      .max(1 << 20)
      .default(4096),
    volumeGroup: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_]{0,30}$/)
      .default('HostVG'),
    /** Instead of those of the layout. */
    volumes: z.array(Volume).min(1).max(32).optional(),
    data: z.array(Data).max(16).default([]),
  })
  .check(({ value, issues }) => {
    for (const { message, path } of storageFaults(value))
      issues.push({ code: 'custom', input: value, message, path });
  });
export type StorageSettings = z.infer<typeof StorageSettings>;

interface Fault {
  message: string;
  path: (string | number)[];
}

interface Unchecked {
  disks: DiskRule[];
  layout: 'thin' | 'plain' | 'auto';
  raid?: keyof typeof RAID_LEAST | undefined;
  volumes?: Volume[] | undefined;
  data: z.infer<typeof Data>[];
}

/** What each value alone does not show. */
function storageFaults({ disks, layout, raid, volumes, data }: Unchecked): Fault[] {
  const found: Fault[] = [];
  const complain = (message: string, ...path: (string | number)[]) => found.push({ message, path });
  const roles = disks.map(({ role }) => role);
  for (const [i, { role, minGiB, maxGiB }] of disks.entries()) {
    if (roles.indexOf(role) !== i) complain(`role ${role} is there twice`, 'disks', i, 'role');
    if (minGiB !== undefined && maxGiB !== undefined && minGiB > maxGiB)
      complain('minGiB is above maxGiB', 'disks', i, 'minGiB');
    if (role !== 'system' && !data.some((one) => one.role === role))
      complain(`nothing uses the disks of role ${role}`, 'disks', i, 'role');
  }
  const system = disks.find(({ role }) => role === 'system');
  if (!system) complain('no rule for the role system', 'disks');
  const level = (
    count: number,
    wanted: keyof typeof RAID_LEAST | undefined,
    ...path: (string | number)[]
  ) => {
    if (wanted && count < RAID_LEAST[wanted])
      complain(`${wanted} needs ${RAID_LEAST[wanted]} disks, the rule gives ${count}`, ...path);
    if (!wanted && count > 1) complain(`${count} disks, and no raid to make one of them`, ...path);
  };
  if (system && layout !== 'auto') level(system.count, raid, 'raid');
  if (layout === 'auto' && (raid || volumes))
    complain('layout auto leaves raid and volumes to nobody', 'layout');
  // The boot loader reads /boot from RAID 1 alone.
  if (raid && raid !== 'raid1') complain('the system boots from raid1 only', 'raid');
  for (const [i, one] of data.entries()) {
    const rule = disks.find(({ role }) => role === one.role);
    if (!rule) complain(`no rule for the role ${one.role}`, 'data', i, 'role');
    else if (one.role === 'system')
      complain('the disks of the system hold no further data', 'data', i, 'role');
    else level(rule.count, one.raid, 'data', i, 'raid');
  }
  const mounted = [...(volumes ?? []), ...data].map(({ mountpoint }) => mountpoint);
  const twice = mounted.find((mountpoint, i) => mounted.indexOf(mountpoint) !== i);
  if (twice) complain(`${twice} is mounted twice`, 'volumes');
  if (volumes && !volumes.some(({ mountpoint }) => mountpoint === '/')) complain('nothing for /', 'volumes');
  if (
    mounted.some((mountpoint) =>
      /^\/(boot|dev|proc|sys|run|etc|usr|bin|sbin|lib|lib64)(\/|$)/.test(mountpoint),
    )
  )
    complain('/boot has a partition already; /etc, /usr and the like are on the root', 'volumes');
  return found;
}
