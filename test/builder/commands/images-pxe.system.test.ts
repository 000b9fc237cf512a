import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addImagesCommands } from '../../../builder/commands/images.ts';
import { type ArtifactRole, manifestText } from '../../../builder/contract/manifest.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { manifest } from '../../shared/manifest.ts';

const ID = '0123456789abcdef';
let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-pxe-'));
  await mkdir(join(base, 'catalog', ID), { recursive: true });
  const files: Partial<Record<ArtifactRole, string>> = {
    ...{ kernel: 'vmlinuz', initramfs: 'initramfs.img', rootfs: 'rootfs.squashfs' },
  };
  const names = Object.entries(files) as [ArtifactRole, string][];
  const artifacts = names.map(([role, file]) => ({ role, file, size: file.length, sha256: sha256(file) }));
  for (const { file } of artifacts) await writeFile(join(base, 'catalog', ID, file), file);
  await writeFile(join(base, 'catalog', ID, 'manifest.json'), manifestText(manifest({ artifacts })));
  for (const name of ['shim', 'grub']) await writeFile(join(base, name), name);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(base, { recursive: true });
});

async function pxe(address: string, ...argv: string[]): Promise<void> {
  const program = new Command().exitOverride();
  addImagesCommands(program);
  const command = ['images', 'pxe', 'lab', join(base, 'tree'), '--address', address];
  await program.parseAsync([...command, '--catalog', join(base, 'catalog'), ...argv], { from: 'user' });
}

const read = (path: string) => readFile(join(base, 'tree', path), 'utf8');
const SIGNED = () => ['--shim', join(base, 'shim'), '--grub', join(base, 'grub')];

it('the folder has loaders, configurations and the image', async () => {
  await pxe('http://192.0.2.1/', ...SIGNED());
  const files = (await readdir(join(base, 'tree'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  expect(files.sort()).toEqual([
    ...[
      'boot.ipxe',
      'dnsmasq.conf',
      'grub.cfg',
      'grub.cfg',
      'grubx64.efi',
      'initramfs.img',
      'rootfs.squashfs',
    ],
    ...['shimx64.efi', 'snponly.efi', 'undionly.kpxe', 'vmlinuz'],
  ]);
  expect([await read('shimx64.efi'), await read(`images/${ID}/rootfs.squashfs`)]).toEqual([
    'shim',
    'rootfs.squashfs',
  ]);
  expect(await read('boot.ipxe')).toContain(`http://192.0.2.1/images/${ID}/vmlinuz`);
  expect((await readdir(base)).sort()).toEqual(['catalog', 'grub', 'shim', 'tree']);
});

it('takes the place of nothing', async () => {
  await mkdir(join(base, 'tree'));
  await expect(pxe('http://192.0.2.1')).rejects.toMatchObject({ code: 'pxe-tree' });
  await rm(join(base, 'tree'), { recursive: true });
  await writeFile(join(base, 'tree'), 'mine');
  await expect(pxe('http://192.0.2.1')).rejects.toMatchObject({ code: 'pxe-tree' });
  expect(await readFile(join(base, 'tree'), 'utf8')).toBe('mine');
});

it.each([
  'https://192.0.2.1',
  'http://192.0.2.1/a b',
  'http://x/$y',
  'http://x/\n',
  '192.0.2.1',
  'http://x/?y',
])('no address: %j', async (address) => {
  await expect(pxe(address)).rejects.toThrow('expected http://SERVER');
});

it('leaves nothing where a file cannot be copied', async () => {
  await rm(join(base, 'shim'));
  await mkdir(join(base, 'shim'));
  await expect(pxe('http://192.0.2.1', ...SIGNED())).rejects.toMatchObject({ code: 'pxe-tree' });
  expect((await readdir(base)).sort()).toEqual(['catalog', 'grub', 'shim']);
});

it.each(['vmlinuz', 'initramfs.img', 'rootfs.squashfs'])(
  'is not made with a %s that was changed',
  async (file) => {
    await writeFile(join(base, 'catalog', ID, file), file.toUpperCase());
    await expect(pxe('http://192.0.2.1')).rejects.toMatchObject({
      code: 'image-damaged',
      message: `image ${ID} is not what its manifest says: ${file} has other content`,
    });
    expect((await readdir(base)).sort()).toEqual(['catalog', 'grub', 'shim']);
  },
);
