import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeInitramfs } from '../../../builder/initramfs/initramfs.ts';
import { Recipe } from '../../../builder/recipe/schema.ts';

const recipe = Recipe.parse({
  ...{ name: 'r', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'modular', strip: [] },
  ...{ repositories: [], packages: [], ramRequired: 1024, compression: { squashfs: 'xz', initramfs: 'xz' } },
});

it('a kernel that is a link to the build host is none', async () => {
  const base = await mkdtemp(join(tmpdir(), 'rackhand-kernel-'));
  const [root, output, scratch] = ['root', 'output', 'scratch'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  try {
    for (const folder of [join(root, 'usr/lib/modules/6'), output, scratch])
      await mkdir(folder, { recursive: true });
    await writeFile(join(base, 'secret'), 'secret');
    await symlink(join(base, 'secret'), join(root, 'usr/lib/modules/6/vmlinuz'));
    const given = { root, recipe, kernel: '6', modules: [], output, scratch, epoch: 0 };
    await expect(makeInitramfs(given)).rejects.toMatchObject({ code: 'kernel-missing' });
    expect(await readdir(output)).toEqual([]);
  } finally {
    await rm(base, { recursive: true });
  }
});
