import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFolder } from '../../builder/folders.ts';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-folders-'));
  await writeFile(join(base, 'file'), '');
});
afterAll(() => rm(base, { recursive: true, force: true }));

it('is made with what is above it, and left empty', async () => {
  const folder = join(base, 'a/b/c');
  await openFolder(folder, '--cache');
  await openFolder(folder, '--cache');
  expect((await stat(folder)).isDirectory()).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});

it.each([
  ['that is a file', () => join(base, 'file'), /file is not a folder/],
  ['below a file', () => join(base, 'file/cache'), /file is not a folder/],
  ['where nobody makes folders', () => '/proc/rackhand/cache', /^\/proc\/rackhand cannot be made \(ENOENT\)/],
  ['where nobody makes files', () => '/proc', /^\/proc cannot be written \(ENOENT\)/],
])('one %s is named, with the option', async (_, path, message) => {
  await expect(openFolder(path(), '--catalog')).rejects.toMatchObject({
    code: 'folder-unusable',
    message: expect.stringMatching(message),
    mend: 'name a folder that can be written: --catalog FOLDER',
  });
});

it.each(['a b', 'a,b', 'a:b'])(
  'a cache in %j is refused before dnf and overlayfs cut its path',
  async (name) => {
    await expect(openFolder(join(base, name), '--cache')).rejects.toMatchObject({
      code: 'folder-unusable',
      message: expect.stringContaining('has a blank, comma or colon in its path'),
    });
    expect(await readdir(base)).not.toContain(name);
    await openFolder(join(base, name), '--catalog');
  },
);
