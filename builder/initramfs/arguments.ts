import type { Architecture } from '../contract/architecture.ts';
import type { Recipe } from '../recipe/schema.ts';

/** Drivers that a generic initramfs does not find by itself but a rack of servers or the lab needs. */
const DRIVERS = [
  'virtio_net',
  'virtio_blk',
  'virtio_scsi',
  'virtio_pci',
  'squashfs',
  'overlay',
  'isofs',
  'loop',
  'sr_mod',
  'cdrom',
  'usb_storage',
  'uas',
];

/** Left out: what needs a disk or storage network of its own, another network manager, or a screen. */
const OMITTED = [
  'plymouth',
  'resume',
  'systemd-networkd',
  'network-legacy',
  'connman',
  'btrfs',
  'zfs',
  ...['lvm', 'lvmmerge', 'mdraid', 'dmraid', 'multipath', 'crypt'],
  ...['iscsi', 'nfs', 'cifs', 'nbd', 'nvmf', 'fcoe', 'fcoe-uefi', 'lunmask', 'qemu-net'],
  // The root's systemd loads the policy; here it would be loaded twice.
  'selinux',
  'biosdevname',
  'rngd',
  // Writes down for another network manager what this one was told; the image's own takes over as it is.
  'ifcfg',
  'memstrack',
  'kernel-modules-extra',
  // Modules' keys, memory on DIMMs and file systems of guests: nothing that a live image comes from.
  ...['modsign', 'nvdimm', 'virtiofs', 'overlay-root'],
];

/** Modules of the builder by their folder here; the folder there puts them after dracut's own. */
export const OWN_MODULES = [
  { name: 'rackhand', from: 'live', folder: '/usr/lib/dracut/modules.d/98rackhand' },
  { name: 'stripped', from: 'dracut', folder: '/usr/lib/dracut/modules.d/99stripped' },
] as const;

/** dracut for every machine alike: live image from the network or from a medium. */
export function dracutArguments(
  compression: Recipe['compression']['initramfs'],
  kernel: string,
  output: string,
  architecture: Architecture = 'x86_64',
): string[] {
  return [
    'dracut',
    '--force',
    '--no-hostonly',
    '--no-hostonly-cmdline',
    '--no-hostonly-default-device',
    '--reproducible',
    // Of processors of Intel and AMD.
    architecture === 'x86_64' ? '--early-microcode' : '--no-early-microcode',
    '--nofscks',
    // Its folder: what is in the initramfs is listed from there.
    '--keep',
    '--add',
    `dmsquash-live livenet network-manager ${OWN_MODULES.map(({ name }) => name).join(' ')}`,
    '--omit',
    OMITTED.join(' '),
    '--add-drivers',
    DRIVERS.join(' '),
    '--compress',
    compressor(compression),
    '--tmpdir',
    '/var/tmp',
    '--kver',
    kernel,
    output,
  ];
}

/**
 * Device nodes are root's to make, and an ordinary user's initramfs is the same. They are not missed: the kernel has
 * /dev/console in an initramfs of its own (usr/default_cpio_list), and systemd mounts devtmpfs before it starts anything.
 * dracut sets both of the latter by itself where it sees a container around it.
 * @param epoch seconds
 */
export function dracutEnvironment(epoch: number): string[] {
  return [`SOURCE_DATE_EPOCH=${epoch}`, 'DRACUT_NO_MKNOD=1', 'DRACUT_NO_XATTR=1'];
}

/**
 * A number of threads, since with as many as there are processors xz gives other bytes where there is only one: it then
 * makes one block of all. zstd gives the same for any number.
 */
function compressor(compression: Recipe['compression']['initramfs']): string {
  return compression === 'xz' ? 'xz --check=crc32 --lzma2=dict=1MiB -T8' : zstd(Number(compression.slice(5)));
}

/** Levels above 19 want a word more, and take a window of up to 128 MiB, the most that the kernel unpacks. */
function zstd(level: number): string {
  return `zstd ${level > 19 ? '--ultra ' : ''}-${level} -T0`;
}
