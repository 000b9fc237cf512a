import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fitFleet } from '../../../builder/fleet/fit.ts';
import { openFleet } from '../../../builder/fleet/open.ts';
import type { PlacedRule } from '../../../builder/recipe/strip-rules.ts';
import { readModules } from '../../../builder/strip/facts.ts';
import { keptModules, planRoot } from '../../../builder/strip/strip.ts';

// The real modinfo on a root of a few modules: what a build for a fleet keeps, and what the fit says of it.

const KERNEL = 'usr/lib/modules/6.1.0';
const DEVICES = {
  igb: 'pci:v00008086d00001521sv00001028sd00001F9Abc02sc00i00',
  lpfc: 'pci:v000010DFd0000F400sv000010DFsd0000F400bc0Csc04i00',
};

let root: string;
let owners: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-fleet-'));
  root = join(folder, 'root');
  owners = join(folder, 'owners.txt');
  await writeFile(owners, '');
  await file(`${KERNEL}/modules.builtin`, 'kernel/drivers/rtc/rtc-cmos.ko\n');
  await file(`${KERNEL}/modules.builtin.modinfo`, 'rtc_cmos.alias=platform:rtc_cmos\0');
  await module('kernel/drivers/net/ethernet/intel/igb/igb', [
    'alias=pci:v00008086d00001521sv*sd*bc*sc*i*',
    'depends=dca',
  ]);
  await module('kernel/drivers/dca/dca', []);
  await module('kernel/drivers/scsi/lpfc/lpfc', [
    'alias=pci:v000010DFd0000F400sv*sd*bc*sc*i*',
    'firmware=lpfc.bin',
  ]);
  await module('kernel/fs/xfs/xfs', ['alias=fs-xfs']);
  await file('usr/lib/firmware/lpfc.bin', 'firmware');
});
afterAll(() => rm(dirname(root), { recursive: true, force: true }));

async function file(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

/** A module of nothing but its .modinfo section: all that modinfo reads. */
async function module(place: string, fields: string[]): Promise<void> {
  const info = Buffer.from([...fields, 'license=GPL', ''].join('\0'));
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(1, 16); // ET_REL
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(64 + info.length + names.length), 40);
  for (const [value, at] of [
    [64, 52],
    [64, 58],
    [3, 60],
    [2, 62],
  ] as const)
    header.writeUInt16LE(value, at);
  const section = (name: number, type: number, at: number, size: number) => {
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(name, 0);
    entry.writeUInt32LE(type, 4);
    entry.writeBigUInt64LE(BigInt(at), 24);
    entry.writeBigUInt64LE(BigInt(size), 32);
    return entry;
  };
  const sections = [
    section(0, 0, 0, 0),
    section(1, 1, 64, info.length),
    section(10, 3, 64 + info.length, names.length),
  ];
  await file(`${KERNEL}/${place}.ko`, Buffer.concat([header, info, names, ...sections]));
}

async function planFor(modaliases: string[]) {
  const inventory = join(dirname(root), 'fleet.json');
  await writeFile(inventory, JSON.stringify({ hosts: [{ name: 'node-1', modaliases }] }));
  const rules: PlacedRule[] = [];
  const { rules: more } = await openFleet(inventory);
  return planRoot({ root, rules, owners, more, modules: await readModules(root) });
}

const fleetOf = (...modaliases: string[]) => ({ hosts: [{ name: 'node', modaliases }] });

it('keeps the driver of its device and what that needs; other hardware goes with its firmware', async () => {
  const planned = await planFor([DEVICES.igb]);
  expect(
    keptModules(planned)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['dca', 'igb', 'xfs']);
  expect(planned.plan.decisions.get('usr/lib/firmware/lpfc.bin')!.keep).toBe(false);
  const [fit] = fitFleet(fleetOf(...Object.values(DEVICES), 'platform:rtc_cmos'), planned.modules);
  expect(fit).toMatchObject({ devices: 3, driven: 2 });
  expect(fit!.lacks).toMatchObject([
    {
      device: 'PCI 10DF:F400 (Fibre Channel)',
      names: ['lpfc'],
      why: expect.stringContaining('fleet-safety.yaml:'),
    },
  ]);
});
it('another fleet, another image: the driver with its firmware', async () => {
  const planned = await planFor([DEVICES.lpfc]);
  expect(
    keptModules(planned)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['dca', 'lpfc', 'xfs']);
  expect(planned.plan.decisions.get('usr/lib/firmware/lpfc.bin')).toMatchObject({
    keep: true,
    why: 'needed',
  });
  expect(fitFleet(fleetOf(DEVICES.lpfc), planned.modules)[0]!.lacks).toEqual([]);
});
