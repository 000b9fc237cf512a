import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Inventory } from '../../../builder/contract/inventory.ts';
import { run } from '../../../builder/shared/process/run.ts';

// What the agent tells of a machine's devices, from a tree of fixtures in place of /sys.

const LIB = join(import.meta.dirname, '../../../builder/overlay/root/usr/libexec/rackhand/lib');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-modaliases-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function modaliases(): Promise<unknown> {
  const script = `ROOT=$1; RUN=$1; . "$2/identity.sh"; modaliases`;
  const { stdout } = await run(['sh', '-uc', script, 'sh', folder, LIB], {});
  const parsed: unknown = JSON.parse(stdout);
  return Inventory.shape.modaliases.parse(parsed);
}

it('each device once, from modalias and uevent, with those that are only in one of them', async () => {
  const igb = 'pci:v00008086d00001521sv00001028sd00001F9Abc02sc00i00';
  for (const slot of ['0000:01:00.0', '0000:01:00.1']) {
    await file(`sys/bus/pci/devices/${slot}/modalias`, `${igb}\n`);
    await file(`sys/bus/pci/devices/${slot}/uevent`, `DRIVER=igb\nPCI_ID=8086:1521\nMODALIAS=${igb}\n`);
  }
  await file('sys/bus/auxiliary/devices/mlx5_core.rdma.0/uevent', 'MODALIAS=auxiliary:mlx5_core.rdma\n');
  const cpu = `cpu:type:x86,ven0000fam0006mod009E:feature:,${'0001,'.repeat(300)}`;
  await file('sys/bus/cpu/devices/cpu0/uevent', `MODALIAS=${cpu}\n`);
  await file('sys/class/dmi/id/modalias', 'dmi:bvnExample:svnBoxes\u00e9:\n');
  expect(await modaliases()).toEqual(['auxiliary:mlx5_core.rdma', cpu, 'dmi:bvnExample:svnBoxes:', igb]);
});

it('a machine that lists none has none', async () => {
  await mkdir(join(folder, 'sys'));
  expect(await modaliases()).toEqual([]);
});

it('more than the contract takes are cut, not refused', async () => {
  await file('sys/bus/a/devices/x/modalias', `${'y'.repeat(5000)}\nab\n`);
  const many = Array.from({ length: 9000 }, (_, i) => `MODALIAS=usb:v${`${i}`.padStart(4, '0')}`);
  await file('sys/bus/usb/devices/x/uevent', `${many.join('\n')}\n`);
  expect(await modaliases()).toHaveLength(8192);
});
