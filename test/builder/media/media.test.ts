import { describe, expect, it } from 'vitest';
import { grubConfig, grubStub } from '../../../builder/media/grub.ts';
import {
  BIOS_MODULES,
  biosCoreArguments,
  efiCoreArguments,
  efiModules,
  espFormatArguments,
  espKib,
  isoArguments,
} from '../../../builder/media/iso-arguments.ts';
import { PLATFORMS } from '../../../builder/media/platform.ts';

const LABEL = 'RACKHAND-0123ABCD';
const words = ['rd.live.image', 'console=tty0', 'console=ttyS0,115200', 'quiet'];

it('GRUB’s menu', () => {
  expect(grubConfig({ title: 'Rackhand lab', label: LABEL, kernelArguments: words })).toBe(`set default=0
set timeout=3
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
search --no-floppy --set=root --label RACKHAND-0123ABCD
source ($root)/rackhand.cfg
menuentry 'Rackhand lab' --unrestricted {
  linux /images/pxeboot/vmlinuz root=live:CDLABEL=RACKHAND-0123ABCD rd.live.image console=tty0 console=ttyS0,115200 quiet $rackhand_network $rackhand_arguments
  initrd /images/pxeboot/initrd.img
}
menuentry 'Rackhand lab, serial console alone' --unrestricted {
  linux /images/pxeboot/vmlinuz root=live:CDLABEL=RACKHAND-0123ABCD rd.live.image quiet console=ttyS0,115200 $rackhand_network $rackhand_arguments
  initrd /images/pxeboot/initrd.img
}
menuentry 'Rackhand lab, verbose' --unrestricted {
  linux /images/pxeboot/vmlinuz root=live:CDLABEL=RACKHAND-0123ABCD rd.live.image console=tty0 console=ttyS0,115200 quiet rd.debug systemd.show_status=1 loglevel=7 $rackhand_network $rackhand_arguments
  initrd /images/pxeboot/initrd.img
}
menuentry 'Rackhand lab, after a check of this medium' --unrestricted {
  linux /images/pxeboot/vmlinuz root=live:CDLABEL=RACKHAND-0123ABCD rd.live.image console=tty0 console=ttyS0,115200 quiet rackhand.check $rackhand_network $rackhand_arguments
  initrd /images/pxeboot/initrd.img
}
menuentry 'Local disk' --unrestricted {
  if [ "$grub_platform" = efi ]; then exit; fi
  if regexp "^hd0" "$root"; then
    drivemap -s hd0 hd1
    set root=hd1
  else
    set root=hd0
  fi
  chainloader +1
}
`);
});

it('a network ISO fetches its root by the digest, from the server that it was told', () => {
  const fetched = { sha256: 'a'.repeat(64), size: 3 };
  const text = grubConfig({ title: 'Rackhand lab', label: LABEL, kernelArguments: ['quiet'], fetched });
  expect(text.slice(0, text.indexOf('serial console alone'))).toBe(`set default=0
set timeout=3
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
search --no-floppy --set=root --label RACKHAND-0123ABCD
source ($root)/rackhand.cfg
if [ -z "$rackhand_network" ]; then set rackhand_network=ip=dhcp; fi
menuentry 'Rackhand lab' --unrestricted {
  if [ -z "$rackhand_images" ]; then
    echo 'This medium names no server that has its image.'
    echo 'rackhand images media IMAGE --kind netiso --config FILE makes a copy that does.'
    sleep 60
  fi
  linux /images/pxeboot/vmlinuz root=live:$rackhand_images/rootfs/${'a'.repeat(64)} rackhand.sha256=${'a'.repeat(64)} rackhand.size=3 rackhand.medium=RACKHAND-0123ABCD rd.neednet=1 quiet $rackhand_network $rackhand_arguments
  initrd /images/pxeboot/initrd.img
}
menuentry 'Rackhand lab, `);
  expect(text).not.toContain('check');
});

it('a rescue shell is for who has the key; then nobody else changes an entry', () => {
  const rescue = 'grub.pbkdf2.sha512.10000.AA.BB';
  const text = grubConfig({ title: 'Rackhand lab', label: LABEL, kernelArguments: ['quiet'], rescue });
  expect(text).toContain(
    `--label ${LABEL}\nsource ($root)/rackhand.cfg\nset superusers=rescue\npassword_pbkdf2 rescue ${rescue}\nmenuentry`,
  );
  expect(text).toContain(`menuentry 'Rescue shell' --users rescue {
  linux /images/pxeboot/vmlinuz root=live:CDLABEL=${LABEL} quiet systemd.unit=rescue.target systemd.setenv=SYSTEMD_SULOGIN_FORCE=1 $rackhand_network $rackhand_arguments
`);
  expect(text.match(/^menuentry .*$/gm)!.filter((line) => !line.includes('--unrestricted'))).toHaveLength(1);
});

it.each([
  [['console=tty0'], ['console=ttyS0,115200']],
  [['console=ttyS1,9600', 'console=tty0'], ['console=ttyS1,9600']],
  [[], ['console=ttyS0,115200']],
])('serial console alone, of %j', (kernelArguments, expected) => {
  const text = grubConfig({ title: 'T', label: LABEL, kernelArguments });
  const line = text.split('\n')[text.split('\n').findIndex((one) => one.includes('serial console')) + 1];
  expect(line!.split(' ').filter((word) => word.startsWith('console='))).toEqual(expected);
});

it('GRUB on the EFI system partition goes on with the medium', () => {
  expect(grubStub('RACKHAND-0123ABCD')).toBe(`search --no-floppy --set=root --label RACKHAND-0123ABCD
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
`);
});

it('GRUB’s cores', () => {
  expect(biosCoreArguments('/usr/bin/grub-mkimage', '/usr/lib/grub/i386-pc', '/w/core.img')).toEqual([
    ...['/usr/bin/grub-mkimage', '--format=i386-pc', '--directory=/usr/lib/grub/i386-pc'],
    ...['--output=/w/core.img', '--prefix=/boot/grub', ...BIOS_MODULES],
  ]);
  expect(BIOS_MODULES).toContain('biosdisk');
  expect(biosCoreArguments('/usr/bin/grub-mkimage', '/m', '/w/core.img', '/w/stub')[5]).toBe(
    '--config=/w/stub',
  );
  expect(
    efiCoreArguments('/usr/bin/grub-mkimage', '/usr/lib/grub/x86_64-efi', '/w/stub', '/w/B.EFI'),
  ).toEqual([
    ...['/usr/bin/grub-mkimage', '--format=x86_64-efi', '--directory=/usr/lib/grub/x86_64-efi'],
    ...['--output=/w/B.EFI', '--prefix=/boot/grub', '--config=/w/stub', ...efiModules(PLATFORMS.x86_64)],
  ]);
  expect(efiModules(PLATFORMS.x86_64)).toEqual(expect.arrayContaining(['fat', 'efi_uga']));
});

it('the EFI system partition has room and a serial number that is not the clock’s', () => {
  expect(espKib(0)).toBe(1024);
  expect(espKib(4 << 20)).toBe(5 * 1024);
  // Loaders of 5.5 MiB.
  expect(espKib(5_761_824)).toBe(6 * 1024);
  expect(espFormatArguments('/w/esp.img', 6144)).toEqual([
    ...['mformat', '-i', '/w/esp.img', '-C', '-T', '12288', '-h', '16', '-s', '32'],
    ...['-v', 'RACKHAND', '-N', '52484e44', '::'],
  ]);
});

it.each([true, false])('the hybrid ISO, with blocks behind it: %s', (padded) => {
  expect(
    isoArguments({
      ...{ label: 'RACKHAND-0123ABCD', tree: '/w/tree', esp: '/w/esp.img' },
      ...{ hybridMbr: '/usr/lib/grub/i386-pc/boot_hybrid.img', output: '/o/image.iso' },
      ...{ epoch: 1_700_000_000, padded },
    }),
  ).toEqual([
    ...['xorriso', '-as', 'mkisofs', '-quiet', '-o', '/o/image.iso', '-V', 'RACKHAND-0123ABCD'],
    ...['-iso-level', '3', '-J', '-joliet-long', '-rational-rock', ...(padded ? [] : ['-no-pad'])],
    ...['--set_all_file_dates', '=1700000000'],
    ...['--grub2-mbr', '/usr/lib/grub/i386-pc/boot_hybrid.img', '-partition_offset', '16'],
    ...['-append_partition', '2', '0xef', '/w/esp.img', '-appended_part_as_gpt'],
    ...['-c', 'boot/boot.cat', '-b', 'boot/grub/bios.img', '-no-emul-boot', '-boot-load-size', '4'],
    ...['-boot-info-table', '--grub2-boot-info', '-eltorito-alt-boot'],
    ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot', '/w/tree'],
  ]);
});

describe('for arm64, whose firmware is UEFI', () => {
  const platform = PLATFORMS.aarch64;
  it('GRUB’s core', () => {
    const argv = efiCoreArguments('/usr/bin/grub-mkimage', '/m/arm64-efi', '/w/stub', '/w/B.EFI', platform);
    expect(argv).toEqual([
      ...['/usr/bin/grub-mkimage', '--format=arm64-efi', '--directory=/m/arm64-efi', '--output=/w/B.EFI'],
      ...['--prefix=/boot/grub', '--config=/w/stub', ...efiModules(platform)],
    ]);
    expect(efiModules(platform)).not.toContain('efi_uga');
  });

  it('the ISO has one entry to boot, and the same ESP for a stick', () => {
    expect(
      isoArguments({
        ...{ label: 'RACKHAND-0123ABCD', tree: '/w/tree', esp: '/w/esp.img', hybridMbr: undefined },
        ...{ output: '/o/image.iso', epoch: 0, padded: true },
      }),
    ).toEqual([
      ...['xorriso', '-as', 'mkisofs', '-quiet', '-o', '/o/image.iso', '-V', 'RACKHAND-0123ABCD'],
      ...['-iso-level', '3', '-J', '-joliet-long', '-rational-rock'],
      ...['--set_all_file_dates', '=0', '-partition_offset', '16'],
      ...['-append_partition', '2', '0xef', '/w/esp.img', '-appended_part_as_gpt', '-c', 'boot/boot.cat'],
      ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot', '/w/tree'],
    ]);
  });

  it('the menu has the serial port of those machines, and leaves the local disk to the firmware', () => {
    const text = grubConfig({ title: 'Rackhand', label: LABEL, kernelArguments: ['quiet'], platform });
    expect(text).toContain(`menuentry 'Rackhand, serial console alone' --unrestricted {
  linux /images/pxeboot/vmlinuz root=live:CDLABEL=${LABEL} quiet console=ttyAMA0,115200 $`);
    expect(text).toContain(`menuentry 'Local disk' --unrestricted {\n  exit\n}\n`);
    expect(text).not.toContain('drivemap');
  });

  it('a recipe’s own serial console wins', () => {
    const kernelArguments = ['console=tty0', 'console=ttyAMA1'];
    const text = grubConfig({ title: 'T', label: LABEL, kernelArguments, platform });
    expect(text).toMatch(/serial console alone' --unrestricted \{\n {2}linux \S+ \S+ console=ttyAMA1 \$/);
  });
});
