import { describe, expect, it } from 'vitest';
import {
  type ModuleInfo,
  modulePath,
  parseBuiltin,
  parseModinfo,
  planFirmware,
  planModules,
} from '../../../builder/strip/modules.ts';

const BASE = 'usr/lib/modules/6.1.0/kernel/';

function module(path: string, more: Partial<ModuleInfo> = {}): ModuleInfo {
  const name = path.slice(path.lastIndexOf('/') + 1).replaceAll('-', '_');
  return { file: `${BASE}${path}.ko.xz`, name, depends: [], soft: [], firmware: [], ...more };
}

const MODULES = [
  module('arch/x86/kvm/kvm', { depends: ['irqbypass'] }),
  module('arch/x86/kvm/kvm-amd', { depends: ['kvm', 'ccp'] }),
  module('virt/lib/irqbypass'),
  module('drivers/crypto/ccp/ccp', { depends: ['rng_core'], firmware: ['amd/sev.sbin'] }),
  module('drivers/char/hw_random/rng-core'),
  module('drivers/net/bonding/bonding', { depends: ['tls'], soft: ['pcrypt', 'nowhere'] }),
  module('net/tls/tls'),
  module('crypto/pcrypt'),
  module('sound/snd', { depends: ['soundcore'] }),
  module('sound/soundcore'),
];
const keep = (reason: string, ...patterns: string[]) => ({ reason, keep: patterns });
const drop = (reason: string, ...patterns: string[]) => ({ reason, drop: patterns });

describe('module closure', () => {
  it('follows hard and soft dependencies of what rules keep', () => {
    const plan = planModules(MODULES, new Set(), [
      keep('virtualisation', 'kernel/arch/**'),
      keep('networks', 'kernel/drivers/net/**'),
    ]);
    expect(Object.fromEntries(plan.why)).toEqual({
      kvm: 'virtualisation',
      kvm_amd: 'virtualisation',
      irqbypass: 'needed by kvm',
      ccp: 'needed by kvm_amd',
      rng_core: 'needed by ccp',
      bonding: 'networks',
      tls: 'needed by bonding',
      pcrypt: 'needed by bonding',
    });
    expect(plan.removed.map((m) => m.name)).toEqual(['snd', 'soundcore']);
    expect(plan.absent).toEqual([]);
  });
  it('keeps what a drop rule names when something kept needs it', () => {
    const rules = [drop('not here', 'kernel/virt/**'), keep('virtualisation', 'kernel/{arch,virt}/**')];
    expect(planModules(MODULES, new Set(), rules).why.get('irqbypass')).toBe('needed by kvm');
  });
  it('lets the first rule decide', () => {
    const rules = [drop('first', 'kernel/sound/snd'), keep('second', 'kernel/sound/**')];
    expect([...planModules(MODULES, new Set(), rules).why.keys()]).toEqual(['soundcore']);
  });
  it('tells hard dependencies that are neither there nor built in', () => {
    const one = [module('a/x', { depends: ['gone', 'inside'], soft: ['soft_gone'] })];
    expect(planModules(one, new Set(['inside']), [keep('all', '**')]).absent).toEqual(['gone']);
  });
  it('ends when modules need each other', () => {
    const ring = [module('a/x', { depends: ['y'] }), module('a/y', { depends: ['x'] }), module('a/z')];
    const plan = planModules(ring, new Set(), [keep('x', 'kernel/a/x')]);
    expect(plan.kept.map((m) => m.name)).toEqual(['x', 'y']);
  });
});

it('modinfo’s blocks', () => {
  const output = `filename:       /w/root/usr/lib/modules/6.1.0/kernel/drivers/net/ice-drv.ko
firmware:       intel/ice/ddp/ice.pkg
depends:        ptp,i2c-core
softdep:        pre: crc32c post: ice-aux
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
    },
    { file: 'usr/lib/modules/6.1.0/kernel/lib/x.ko.zst', name: 'x', depends: [], soft: [], firmware: [] },
  ]);
});

it('names', () => {
  expect(modulePath('usr/lib/modules/6.1.0/kernel/net/tls/tls.ko.xz')).toBe('kernel/net/tls/tls');
  expect(parseBuiltin('kernel/fs/binfmt-misc.ko\nkernel/lib/a.ko\n')).toEqual(new Set(['binfmt_misc', 'a']));
});

describe('firmware closure', () => {
  const modules = [
    module('a/nic', { firmware: ['nic/a.bin', 'nic/b.bin', 'nic/fw-*.bin'] }),
    module('a/other', { firmware: ['nic/a.bin', 'none*.bin'] }),
  ];
  it('keeps what kept modules name, compressed or not, and tells what no package gave', () => {
    const files = ['nic/a.bin.xz', 'nic/fw-1.bin', 'nic/fw-2.bin.zst', 'gpu/x.bin', 'intel-ucode/06-55-04'];
    const plan = planFirmware(files, modules, [/^intel-ucode\//]);
    expect([...plan.kept].sort()).toEqual([
      'intel-ucode/06-55-04',
      'nic/a.bin.xz',
      'nic/fw-1.bin',
      'nic/fw-2.bin.zst',
    ]);
    expect(plan.absent).toEqual(['nic/b.bin', 'none*.bin']);
  });
});
