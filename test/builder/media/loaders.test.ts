import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findSignedLoaders, keepSignedLoaders, layNetworkLoaders } from '../../../builder/media/loaders.ts';
import { PLATFORMS } from '../../../builder/media/platform.ts';

const VENDOR = 'boot/efi/EFI/vendor';
let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-loaders-'));
  root = join(base, 'root');
  for (const folder of [VENDOR, 'usr/lib/efi']) await mkdir(join(root, folder), { recursive: true });
  await mkdir(join(base, 'kept'));
  await writeFile(join(base, 'secret'), 'secret');
  await writeFile(join(root, VENDOR, 'gcdx64.efi'), 'grub');
});
afterEach(() => rm(base, { recursive: true }));

it('the signed chain is taken from the root, through its own links', async () => {
  await writeFile(join(root, 'usr/lib/efi/shim'), 'shim');
  await symlink('/usr/lib/efi/shim', join(root, VENDOR, 'shimx64.efi'));
  const kept = await keepSignedLoaders((await findSignedLoaders(root))!, join(base, 'kept'));
  expect(kept.files.map(({ name, from }) => [name, from])).toEqual([
    ['BOOTX64.EFI', 'usr/lib/efi/shim'],
    ['grubx64.efi', `${VENDOR}/gcdx64.efi`],
  ]);
  expect(await readFile(join(base, 'kept/BOOTX64.EFI'), 'utf8')).toBe('shim');
  expect(kept.network).toEqual([]);
});

it.each([
  ['EL, one GRUB for both', ['grubx64.efi'], 'grubx64.efi'],
  ['Debian, one for each', ['grubx64.efi', 'grubnetx64.efi'], 'grubnetx64.efi'],
])('what starts from the network is taken with it: %s', async (_, names, grub) => {
  for (const name of ['shimx64.efi', ...names])
    await writeFile(join(root, VENDOR, name), name, { mode: 0o600 });
  const kept = await keepSignedLoaders((await findSignedLoaders(root))!, join(base, 'kept'));
  await layNetworkLoaders(kept, base, 1000);
  expect(kept.network.map(({ from }) => from)).toEqual([`${VENDOR}/shimx64.efi`, `${VENDOR}/${grub}`]);
  expect(await readFile(join(base, 'shim.efi'), 'utf8')).toBe('shimx64.efi');
  expect(await readFile(join(base, 'grubnet.efi'), 'utf8')).toBe(grub);
  const { mode, mtimeMs } = await stat(join(base, 'grubnet.efi'));
  expect([mode & 0o777, mtimeMs]).toEqual([0o644, 1_000_000]);
});

it('a link to the build host is no loader', async () => {
  await symlink(join(base, 'secret'), join(root, VENDOR, 'shimx64.efi'));
  expect(await findSignedLoaders(root)).toBeUndefined();
});

it('each architecture has its own chain', async () => {
  for (const name of ['shimaa64.efi', 'gcdaa64.efi', 'mmaa64.efi'])
    await writeFile(join(root, VENDOR, name), name);
  const found = await findSignedLoaders(root, PLATFORMS.aarch64);
  expect(found?.files.map(({ name, from }) => [name, from])).toEqual([
    ['BOOTAA64.EFI', `${VENDOR}/shimaa64.efi`],
    ['grubaa64.efi', `${VENDOR}/gcdaa64.efi`],
    ['mmaa64.efi', `${VENDOR}/mmaa64.efi`],
  ]);
  expect(await findSignedLoaders(root)).toBeUndefined();
});
