import { expect, it } from 'vitest';
import { dracutArguments, dracutEnvironment } from '../../../builder/initramfs/arguments.ts';

it('dracut makes one initramfs for every machine', () => {
  expect(dracutArguments('zstd-3', '6.1.0-56-amd64', '/tmp/out/initramfs.img')).toEqual([
    ...['dracut', '--force', '--no-hostonly', '--no-hostonly-cmdline', '--no-hostonly-default-device'],
    ...['--reproducible', '--early-microcode', '--nofscks', '--keep'],
    ...['--add', 'dmsquash-live livenet network-manager rackhand stripped'],
    '--omit',
    'plymouth resume systemd-networkd network-legacy connman btrfs zfs lvm lvmmerge mdraid dmraid multipath crypt iscsi nfs cifs nbd nvmf fcoe fcoe-uefi lunmask qemu-net selinux biosdevname rngd ifcfg memstrack kernel-modules-extra modsign nvdimm virtiofs overlay-root',
    '--add-drivers',
    'virtio_net virtio_blk virtio_scsi virtio_pci squashfs overlay isofs loop sr_mod cdrom usb_storage uas',
    ...['--compress', 'zstd -3 -T0', '--tmpdir', '/var/tmp', '--kver', '6.1.0-56-amd64'],
    '/tmp/out/initramfs.img',
  ]);
});

it.each([
  ['zstd-19', 'zstd -19 -T0'],
  ['zstd-22', 'zstd --ultra -22 -T0'],
  ['xz', 'xz --check=crc32 --lzma2=dict=1MiB -T8'],
] as const)('compression %s', (compression, expected) => {
  const argv = dracutArguments(compression, 'k', 'o');
  expect(argv[argv.indexOf('--compress') + 1]).toBe(expected);
});

it('arm64 has no microcode to load early', () => {
  const argv = dracutArguments('zstd-3', 'k', 'o', 'aarch64');
  expect(argv).toContain('--no-early-microcode');
  expect(argv).not.toContain('--early-microcode');
});

it('makes what an ordinary user can make too, wherever it runs', () => {
  expect(dracutEnvironment(5)).toEqual(['SOURCE_DATE_EPOCH=5', 'DRACUT_NO_MKNOD=1', 'DRACUT_NO_XATTR=1']);
});
