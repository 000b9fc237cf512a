import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EfiLoaders } from '../../../builder/media/loaders.ts';
import { makeMedia } from '../../../builder/media/media.ts';
import { PLATFORMS } from '../../../builder/media/platform.ts';
import { FileDigests } from '../../../builder/shared/digests.ts';
import { run } from '../../../builder/shared/process/run.ts';

// The real tools lay out media for machines with 64-bit ARM, with loaders in name alone: nothing of it is booted.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-arm64-'));
  const files = { vmlinuz: 'kernel', 'initramfs.img': 'initramfs', 'rootfs.squashfs': 'root' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, 'loaders'));
  const loader = async (name: string) => {
    const path = join(folder, 'loaders', name);
    await writeFile(path, `${name}\n`);
    return { name, path };
  };
  const signed: EfiLoaders = {
    ...{ signed: true, network: [] },
    files: [await loader('BOOTAA64.EFI'), await loader('grubaa64.efi')],
  };
  const texts = { title: 'Rackhand test', label: 'RACKHAND-0123ABCD', kernelArguments: ['quiet'] };
  const options = { ...texts, rescue: undefined, ramRequired: 2048, signed, epoch: 1_700_000_000 };
  const made = { platform: PLATFORMS.aarch64, digests: new FileDigests() };
  await makeMedia({ ...options, ...made, output: folder, work: join(folder, '.work') }, ['iso', 'usb']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the ISO has one boot entry, UEFI’s, and the same partition for a stick', async () => {
  const argv = ['xorriso', '-indev', join(folder, 'image.iso'), '-report_el_torito', 'plain'];
  const { stdout } = await run(argv);
  const entries = stdout.split('\n').filter((line) => /^El Torito boot img :/.test(line));
  expect(entries).toHaveLength(1);
  expect(entries[0]).toContain(' UEFI ');
  const table = await run(['sfdisk', '--json', join(folder, 'image.iso')]);
  const { label, partitions } = (JSON.parse(table.stdout) as { partitiontable: Table }).partitiontable;
  expect(label).toBe('gpt');
  expect(partitions.map(({ type }) => type)).toContain(ESP);
  // Nothing that a BIOS would start.
  expect((await readFile(join(folder, 'image.iso'))).subarray(0, 440).every((byte) => byte === 0)).toBe(true);
});

it('the USB disk image has no place for BIOS', async () => {
  const { stdout } = await run(['sfdisk', '--json', join(folder, 'usb.img')]);
  const { partitions } = (JSON.parse(stdout) as { partitiontable: Table }).partitiontable;
  expect(partitions.map(({ name }) => name)).toEqual(['rackhand-esp', 'rackhand-image', 'rackhand-state']);
  expect((await readFile(join(folder, 'usb.img'))).subarray(0, 440).every((byte) => byte === 0)).toBe(true);
});

it('firmware finds its loader on the stick, and that goes on with the menu for ARM', async () => {
  const { stdout } = await run(['sfdisk', '--json', join(folder, 'usb.img')]);
  const { partitions } = (JSON.parse(stdout) as { partitiontable: Table }).partitiontable;
  const [esp, image] = partitions.map(({ start }) => `${join(folder, 'usb.img')}@@${start * 512}`);
  const options = { env: { MTOOLS_SKIP_CHECK: '1' } };
  const listed = await run(['mdir', '-i', esp!, '-b', '::/EFI/BOOT'], options);
  expect(listed.stdout.trim().split('\n').sort()).toEqual([
    ...['::/EFI/BOOT/BOOTAA64.EFI', '::/EFI/BOOT/grub.cfg', '::/EFI/BOOT/grubaa64.efi'],
  ]);
  const menu = (await run(['mtype', '-i', image!, '::/boot/grub/grub.cfg'], options)).stdout;
  expect(menu).toContain('console=ttyAMA0,115200');
  expect(menu).not.toContain('drivemap');
});

const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
interface Table {
  label: string;
  partitions: { name: string; type: string; start: number }[];
}
