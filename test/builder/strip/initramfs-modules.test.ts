import { describe, expect, it } from 'vitest';
import { loadRuleSet } from '../../../builder/recipe/load.ts';
import type { PlacedRule } from '../../../builder/recipe/strip-rules.ts';
import { initramfsModules } from '../../../builder/strip/initramfs-modules.ts';
import { type ModuleInfo, moduleName } from '../../../builder/strip/modules.ts';

const module = (path: string, more: Partial<ModuleInfo> = {}): ModuleInfo => {
  const file = `usr/lib/modules/6.1.0/${path}.ko.xz`;
  return { file, name: moduleName(file), depends: [], soft: [], firmware: [], aliases: [], ...more };
};
const rule = (verb: 'drop-module' | 'keep-module', ...patterns: string[]): PlacedRule => ({
  ...{ verb, patterns, because: 'a test', needed: undefined, at: 'test:1' },
});
const taken = (modules: ModuleInfo[], rules: PlacedRule[]) =>
  initramfsModules(modules, rules).map(moduleName);

describe('modules of the initramfs', () => {
  const driver = module('kernel/drivers/net/e1000e', { depends: ['ptp'] });
  const clock = module('kernel/drivers/ptp/ptp', { depends: ['pps_core'] });
  const pulse = module('kernel/drivers/pps/pps-core');
  const hba = module('kernel/drivers/scsi/lpfc', { soft: ['e1000e'] });

  it.each([
    ['without rules all', [], ['e1000e', 'ptp', 'pps_core', 'lpfc']],
    ['what a rule drops is left out', [rule('drop-module', 'lpfc')], ['e1000e', 'ptp', 'pps_core']],
    [
      'what a module depends on comes with it, by any number of steps',
      [rule('drop-module', '**'), rule('keep-module', 'kernel/drivers/net/*')],
      ['e1000e', 'ptp', 'pps_core'],
    ],
    [
      'soft dependencies too',
      [rule('drop-module', '**'), rule('keep-module', 'lpfc')],
      ['e1000e', 'ptp', 'pps_core', 'lpfc'],
    ],
    ['none', [rule('drop-module', '**')], []],
  ])('%s', (_, rules, expected) => {
    expect(taken([driver, clock, pulse, hba], rules)).toEqual(expected);
  });
  it('a dependency that the image lost is not made up', () => {
    expect(taken([driver], [])).toEqual(['e1000e']);
  });
  it('dependencies in a circle end', () => {
    const one = module('kernel/a', { depends: ['b'] });
    const two = module('kernel/b', { depends: ['a'] });
    expect(taken([one, two], [rule('drop-module', 'b')])).toEqual(['a', 'b']);
  });

  it.each([
    ['kernel/drivers/net/ethernet/mellanox/mlx5/core/mlx5_core', true],
    ['kernel/drivers/net/ethernet/mellanox/mlxsw/mlxsw_spectrum', false],
    ['kernel/drivers/net/bonding/bonding', true],
    ['kernel/net/8021q/8021q', true],
    ['kernel/drivers/usb/storage/usb-storage', true],
    ['kernel/drivers/usb/host/xhci-pci', true],
    ['kernel/drivers/ata/ahci', true],
    ['kernel/drivers/nvme/host/nvme', true],
    ['kernel/drivers/nvme/host/nvme-tcp', false],
    ['kernel/drivers/scsi/lpfc/lpfc', false],
    ['kernel/drivers/scsi/sr_mod', true],
    ['kernel/fs/squashfs/squashfs', true],
    ['kernel/fs/xfs/xfs', false],
    ['kernel/arch/x86/kvm/kvm', false],
    ['kernel/drivers/hid/usbhid/usbhid', true],
  ])('by the shared rules: %s %s', async (path, expected) => {
    expect(taken([module(path)], await loadRuleSet('initramfs')).length === 1).toBe(expected);
  });
});
