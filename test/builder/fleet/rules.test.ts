import { describe, expect, it } from 'vitest';
import { fleetRules, SAFETY_SET } from '../../../builder/fleet/rules.ts';
import { loadRuleSet } from '../../../builder/recipe/load.ts';
import { file, gone, module, modulePath, rules } from '../strip/root-fixture.ts';

const IGB = 'pci:v00008086d00001521sv00001028sd00001F9Abc02sc00i00';
const MLX = 'pci:v000015B3d00001015sv000015B3sd00000068bc02sc00i00';
const igb = module('kernel/drivers/net/ethernet/intel/igb/igb', { aliases: ['pci:v00008086d00001521sv*'] });
const mlx5 = module('kernel/drivers/net/ethernet/mellanox/mlx5/core/mlx5_core', {
  ...{ aliases: ['pci:v000015B3d00001015sv*'], firmware: ['mellanox/mlx5.bin'] },
});
const mlx5Ib = module('kernel/drivers/infiniband/hw/mlx5/mlx5_ib', {
  ...{ aliases: ['auxiliary:mlx5_core.rdma'], depends: ['mlx5_core'] },
});
const lpfc = module('kernel/drivers/scsi/lpfc/lpfc', {
  aliases: ['pci:v000010DFd*'],
  firmware: ['lpfc.bin'],
});
const ipmi = module('kernel/drivers/char/ipmi/ipmi_si');
const xfs = module('kernel/fs/xfs/xfs');
const bridge = module('kernel/net/bridge/bridge');
const kvm = module('kernel/arch/x86/kvm/kvm');
const vhost = module('kernel/drivers/vhost/vhost_net');
const bonding = module('kernel/drivers/net/bonding/bonding');
const dm = module('kernel/drivers/md/dm-mod');
const modules = [igb, mlx5, mlx5Ib, lpfc, ipmi, xfs, bridge, kvm, vhost, bonding, dm];
const firmware = ['usr/lib/firmware/mellanox/mlx5.bin', 'usr/lib/firmware/lpfc.bin'];
const root = { modules, entries: firmware.map((path) => file(path)) };
const host = (name: string, ...modaliases: string[]) => ({ name, modaliases });

describe('rules of a fleet', () => {
  it('one for each module, with the host and the device; the safety set first', () => {
    const safety = rules('drop-module kernel/drivers/**');
    const fleet = { hosts: [host('a', IGB), host('b', IGB, MLX), host('c', IGB)] };
    expect(fleetRules(fleet, safety, modules, 'fleet.json')).toEqual([
      ...safety,
      {
        ...{ verb: 'keep-module', patterns: ['igb'], needed: undefined, at: 'fleet.json:a' },
        because: `a device of a and of 2 more hosts: ${IGB}`,
      },
      {
        ...{ verb: 'keep-module', patterns: ['mlx5_core'], needed: undefined, at: 'fleet.json:b' },
        because: `a device of b: ${MLX}`,
      },
      {
        ...{ verb: 'keep-module', patterns: ['mlx5_ib'], needed: undefined, at: 'fleet.json:b' },
        because: 'a device of b: auxiliary:mlx5_core.rdma',
      },
    ]);
  });
  it('keeps what the fleet needs of the hardware, the safety set, and all that is no hardware', async () => {
    const safety = await loadRuleSet(SAFETY_SET);
    const list = fleetRules({ hosts: [host('a', MLX)] }, safety, modules, 'fleet.json');
    expect(Object.keys(gone(root, list)).sort()).toEqual(
      ['usr/lib/firmware/lpfc.bin', igb.file, lpfc.file].sort(),
    );
  });
  it('the same root for another fleet', async () => {
    const safety = await loadRuleSet(SAFETY_SET);
    const list = fleetRules(
      { hosts: [host('a', IGB), host('b', 'pci:v000010DFd0000F400')] },
      safety,
      modules,
      'fleet.json',
    );
    const left = gone(root, list);
    expect(Object.keys(left).sort()).toEqual(
      ['usr/lib/firmware/mellanox/mlx5.bin', mlx5.file, mlx5Ib.file].sort(),
    );
  });
  it('a fleet that needs nothing keeps the safety set', async () => {
    const safety = await loadRuleSet(SAFETY_SET);
    const left = gone(root, fleetRules({ hosts: [host('a')] }, safety, modules, 'f'));
    expect(left[ipmi.file]).toBeUndefined();
    expect(left[modulePath('kernel/fs/xfs/xfs')]).toBeUndefined();
    expect(left[igb.file]).toBeDefined();
  });
});
