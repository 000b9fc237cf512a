import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { initramfsFiles, listKept } from '../../../builder/initramfs/initramfs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-kept-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('lists files and links of what dracut has packed, and nothing else of its folder', async () => {
  const kept = join(folder, 'dracut.x1Yz/initramfs');
  for (const path of ['usr/lib/b.so', 'usr/bin/sh', 'init', '../earlycpio/kernel/ucode']) {
    await mkdir(dirname(join(kept, path)), { recursive: true });
    await writeFile(join(kept, path), '');
  }
  await mkdir(join(kept, 'proc'));
  await symlink('usr/lib', join(kept, 'lib'));
  expect(await listKept(folder)).toEqual(['init', 'lib', 'usr/bin/sh', 'usr/lib/b.so']);
});
it('a dracut that has kept nothing is an error: nobody would know what is inside', async () => {
  await expect(listKept(folder)).rejects.toMatchObject({ code: 'initramfs-incomplete' });
});
it('the list is read as it was written', async () => {
  await writeFile(join(folder, 'files.txt'), 'init\nusr/bin/sh\n');
  expect(await initramfsFiles(folder)).toEqual(['init', 'usr/bin/sh']);
});
