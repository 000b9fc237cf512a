import { type BillOptions, makeBill } from '../../../builder/evidence/bill.ts';
import type { InstalledPackage } from '../../../builder/evidence/packages.ts';
import type { LockedPackage } from '../../../builder/root/parse.ts';
import { planStrip } from '../../../builder/strip/plan.ts';
import { file, folder, input, rules } from '../strip/root-fixture.ts';

/** A small image: of one package the strip has taken all, of two what the initramfs and the loaders are made of. */
export function billOptions(change: Partial<BillOptions> = {}): BillOptions {
  const given = input(
    {
      entries: [
        ...[folder('usr/bin'), file('usr/bin/bash'), file('usr/bin/vi'), file('usr/lib/libstdc++.so')],
        ...[file('usr/share/info/bash'), file('usr/share/info/manual')],
        ...[file('usr/lib/dracut/modules.d/99base/init.sh'), file('boot/efi/EFI/rocky/shimx64.efi')],
      ],
      owners: {
        'usr/bin': ['bash', 'vim'],
        'usr/bin/bash': ['bash'],
        'usr/bin/vi': ['vim'],
        'usr/lib/libstdc++.so': ['libstdc++'],
        'usr/share/info/bash': ['bash'],
        'usr/share/info/manual': ['manual'],
        'usr/lib/dracut/modules.d/99base/init.sh': ['dracut'],
        'boot/efi/EFI/rocky/shimx64.efi': ['shim-x64'],
      },
    },
    rules('drop usr/share/info/** usr/lib/dracut/** boot/**'),
  );
  return {
    image: {
      ...{ recipe: 'small', kernelVersion: '5.14.0' },
      artifacts: [
        { role: 'kernel', file: 'vmlinuz', size: 1, sha256: 'a'.repeat(64) },
        { role: 'rootfs', file: 'rootfs.squashfs', size: 2, sha256: 'b'.repeat(64) },
      ],
    },
    installed: {
      distribution: {
        ...{ id: 'rocky', version: '9.5', name: 'Rocky Linux 9.5 (Blue Onyx)' },
        cpe: 'cpe:/o:rocky:rocky:9::baseos',
      },
      packages: PACKAGES,
      keys: [{ id: '350d275d', owner: 'Rocky Enterprise Software Foundation' }],
      withoutText: [],
    },
    locked: PACKAGES.map(locked),
    ...{
      input: given,
      plan: planStrip(given),
      boot: ['bin/bash', 'boot/efi/EFI/rocky/shimx64.efi'],
      builderVersion: '0.1.0',
      epoch: 1_735_689_600,
    },
    ...change,
  };
}

export const bill = (change: Partial<BillOptions> = {}) => makeBill(billOptions(change));

const SIGNED: Partial<InstalledPackage> = {
  signature: { algorithm: 'RSA/SHA256', keyId: '702d426d350d275d' },
};

const PACKAGES: InstalledPackage[] = [
  installed('bash', { licence: 'GPLv3+', url: 'https://www.gnu.org/software/bash/#top', ...SIGNED }),
  installed('libstdc++', { licence: 'GPLv3+ with exceptions and Public Domain', epoch: 1, ...SIGNED }),
  installed('dracut', SIGNED),
  installed('manual', { vendor: 'Rocky Enterprise Software Foundation' }),
  installed('shim-x64', SIGNED),
  installed('vim', { licence: 'Vim and MIT', url: 'vim.org', sourceRpm: 'vim-1-2.el9.src.rpm', ...SIGNED }),
];

export function installed(name: string, more: Partial<InstalledPackage> = {}): InstalledPackage {
  return {
    ...{ name, epoch: 0, version: '1~rc1', release: '2.el9+5', arch: 'x86_64', size: 100 },
    ...{ summary: `What ${name} does | in a line`, headerSha256: 'c'.repeat(64) },
    ...more,
  };
}

function locked({ name, epoch, version, release, arch }: InstalledPackage): LockedPackage {
  return {
    ...{ name, epoch, version, release, arch, repository: 'baseos', checksum: `sha256:${'d'.repeat(64)}` },
    ...{ size: 10, installSize: 100, buildTime: 1_735_689_600 },
    location: `Packages/${name[0]}/${name}-${version}-${release}.${arch}.rpm`,
  };
}
