import { expect, it } from 'vitest';
import {
  kernelOf,
  modulePath,
  parseBuiltin,
  parseBuiltinModinfo,
  parseModinfo,
} from '../../../builder/strip/modules.ts';

it('modinfo’s blocks', () => {
  const output = `filename:       /w/root/usr/lib/modules/6.1.0/kernel/drivers/net/ice-drv.ko
firmware:       intel/ice/ddp/ice.pkg
depends:        ptp,i2c-core
softdep:        pre: crc32c post: ice-aux
alias:          pci:v00008086d00001592sv*sd*bc*sc*i*
description:    Intel(R)
                second line: not a field
filename:       /w/root/usr/lib/modules/6.1.0/kernel/lib/x.ko.zst
depends:        
`;
  expect(parseModinfo(output, '/w/root')).toEqual([
    {
      file: 'usr/lib/modules/6.1.0/kernel/drivers/net/ice-drv.ko',
      name: 'ice_drv',
      depends: ['ptp', 'i2c_core'],
      soft: ['crc32c', 'ice_aux'],
      firmware: ['intel/ice/ddp/ice.pkg'],
      aliases: ['pci:v00008086d00001592sv*sd*bc*sc*i*'],
    },
    {
      ...{ file: 'usr/lib/modules/6.1.0/kernel/lib/x.ko.zst', name: 'x' },
      ...{ depends: [], soft: [], firmware: [], aliases: [] },
    },
  ]);
});

it('names', () => {
  expect(modulePath('usr/lib/modules/6.1.0/kernel/net/tls/tls.ko.xz')).toBe('kernel/net/tls/tls');
  expect(kernelOf('usr/lib/modules/6.1.0-5.el9.x86_64/kernel/a.ko')).toBe('6.1.0-5.el9.x86_64');
  expect(kernelOf('usr/lib/modules/6.1.0/modules.dep')).toBeUndefined();
  expect(parseBuiltin('kernel/fs/binfmt-misc.ko\nkernel/lib/a.ko\n')).toEqual(new Set(['binfmt_misc', 'a']));
});

it('drivers in the kernel itself, of entries that end with a zero byte', () => {
  const text = [
    ...[
      'rtc_cmos.alias=platform:rtc_cmos',
      'rtc_cmos.license=GPL',
      'xhci-pci.alias=pci:v*d*sv*sd*bc0Csc03i30*',
    ],
    ...['xhci-pci.firmware=renesas.mem', 'rtc_cmos.alias=acpi*:PNP0B00:*', 'nonsense', ''],
  ].join('\0');
  expect(parseBuiltinModinfo(text).map(({ name, aliases, firmware }) => [name, aliases, firmware])).toEqual([
    ['rtc_cmos', ['platform:rtc_cmos', 'acpi*:PNP0B00:*'], []],
    ['xhci_pci', ['pci:v*d*sv*sd*bc0Csc03i30*'], ['renesas.mem']],
  ]);
});
