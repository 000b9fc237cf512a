import { z } from 'zod';
import { Sha256 } from './fields.ts';

/**
 * What an installer does to one machine, in this order and nothing else. Sizes are exact: whoever carries a step out
 * passes them on, and has no size of its own to choose. `line` is that of the kickstart, nought where none asked.
 */
export const INSTALL_PLAN_SCHEMA = 1;

/** Disks and partitions are addressed in sectors of 512 bytes, whatever the drive reads at once. */
export const SECTOR = 512;

const line = z.int().nonnegative();
const Sectors = z.int().positive();
const Bytes = z.int().positive();
/** A block device of the plan: a disk's name, `sda1`, `md/NAME`, `GROUP/VOLUME`, `luks-…`. */
const Device = z.string().min(1).max(255);
const AbsolutePath = z.string().regex(/^\//).max(4096);

const step = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ do: z.literal(name), line, ...shape });

export const PartitionType = z.enum(['linux', 'efi', 'bios-boot', 'prep', 'raid', 'lvm', 'swap']);

export const InstallStep = z.discriminatedUnion('do', [
  step('script', {
    when: z.enum(['pre', 'pre-install', 'post', 'onerror']),
    interpreter: AbsolutePath,
    chroot: z.boolean(),
    stopsOnError: z.boolean(),
    log: AbsolutePath.optional(),
    text: z.string(),
  }),
  /** Everything on the disk is lost. */
  step('label-disk', { disk: Device, label: z.literal('gpt') }),
  step('partition', {
    disk: Device,
    device: Device,
    number: z.int().min(1).max(128),
    start: Sectors,
    sectors: Sectors,
    type: PartitionType,
  }),
  step('raid', {
    device: Device,
    level: z.enum(['linear', '0', '1', '4', '5', '6', '10']),
    members: z.array(Device).min(1),
    spares: z.int().nonnegative(),
    /** 1.0 stands at the end of each member: firmware reads what is on it without knowing of RAID. */
    metadata: z.enum(['1.0', '1.2']),
    /** Bytes from the start of each member to its data. */
    dataOffset: z.int().nonnegative(),
    /** Bytes; of levels that divide data. */
    chunk: Bytes.optional(),
    size: Bytes,
  }),
  step('encrypt', {
    device: Device,
    name: Device,
    version: z.enum(['luks1', 'luks2']),
    dataOffset: Bytes,
    cipher: z.string().optional(),
    pbkdf: z.string().optional(),
    /** KiB. */
    pbkdfMemory: z.int().optional(),
    /** Milliseconds. */
    pbkdfTime: z.int().optional(),
    pbkdfIterations: z.int().optional(),
    passphrase: z.string().min(1),
    size: Bytes,
  }),
  step('volume-group', {
    name: z.string().min(1),
    members: z.array(Device).min(1),
    extent: Bytes,
    extents: z.int().positive(),
  }),
  step('volume', {
    group: z.string(),
    name: z.string(),
    device: Device,
    extents: z.int().positive(),
    size: Bytes,
  }),
  step('thin-pool', {
    group: z.string(),
    name: z.string(),
    extents: z.int().positive(),
    size: Bytes,
    metadataExtents: z.int().positive(),
    chunk: Bytes,
  }),
  /** `size` is what it seems to have; the pool gives what is written. */
  step('thin-volume', { group: z.string(), pool: z.string(), name: z.string(), device: Device, size: Bytes }),
  step('format', {
    device: Device,
    type: z.enum(['ext2', 'ext3', 'ext4', 'xfs', 'vfat', 'swap']),
    label: z.string().optional(),
    options: z.string().optional(),
  }),
  step('mount', { device: Device, mountpoint: AbsolutePath, type: z.string(), options: z.string() }),
  step('swap', { device: Device }),
  step('tmpfs', { mountpoint: AbsolutePath, options: z.string() }),
  step('image', { url: z.url(), sha256: Sha256, proxy: z.string().optional() }),
  step('boot-loader', {
    firmware: z.enum(['bios', 'uefi']),
    disk: Device,
    arguments: z.string(),
    timeout: z.int().optional(),
  }),
  step('file', { path: AbsolutePath, mode: z.int().min(0).max(0o777), text: z.string() }),
  step('link', { path: AbsolutePath, target: z.string() }),
  step('group', { name: z.string(), gid: z.int().nonnegative().optional() }),
  step('user', {
    name: z.string(),
    uid: z.int().nonnegative().optional(),
    gid: z.int().nonnegative().optional(),
    groups: z.array(z.string()),
    home: AbsolutePath.optional(),
    shell: AbsolutePath.optional(),
    gecos: z.string().optional(),
    /** For chpasswd -e; "!" locks. */
    passwordHash: z.string(),
  }),
  step('ssh-key', { user: z.string(), key: z.string() }),
  step('services', { enabled: z.array(z.string()), disabled: z.array(z.string()) }),
  step('firewall', {
    enabled: z.boolean(),
    services: z.array(z.string()),
    /** Services that the image allows, and this host does not. */
    removed: z.array(z.string()),
    ports: z.array(z.string()),
    /** Devices from which everything is let in. */
    trusted: z.array(z.string()),
  }),
  step('end', { how: z.enum(['reboot', 'poweroff', 'halt']), eject: z.boolean(), kexec: z.boolean() }),
]);
export type InstallStep = z.infer<typeof InstallStep>;

export const InstallPlan = z.strictObject({
  schema: z.literal(INSTALL_PLAN_SCHEMA),
  /** The disks as they were when it was made; another size or serial, and it is not for this machine. */
  disks: z.array(z.strictObject({ name: Device, size: Bytes, serial: z.string(), model: z.string() })),
  steps: z.array(InstallStep),
});
export type InstallPlan = z.infer<typeof InstallPlan>;

/** Published for installers in other languages. */
export function installPlanSchema(): object {
  return z.toJSONSchema(InstallPlan);
}
