import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorkplace } from '../../../builder/cache/workplace.ts';

let cache: string;
beforeEach(async () => {
  // An overlay's options cannot name a folder with a colon: the root is copied, and nothing is mounted.
  cache = await mkdtemp(join(tmpdir(), 'rackhand:work-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

it('a copied root tells what was written, replaced and removed in it, and leaves the cache as it was', async () => {
  const tree = join(cache, 'tree');
  await mkdir(join(tree, 'etc/old'), { recursive: true });
  for (const name of ['etc/same', 'etc/changed', 'etc/gone', 'etc/old/deep'])
    await writeFile(join(tree, name), '1');
  await symlink('same', join(tree, 'etc/link'));
  const place = await openWorkplace(cache);
  const root = await place.mountRoot(tree);
  expect(await place.changes()).toEqual([]);
  await writeFile(join(root, 'etc/changed'), '2');
  await writeFile(join(root, 'etc/new'), '1');
  await rm(join(root, 'etc/gone'));
  await rm(join(root, 'etc/link'));
  await rm(join(root, 'etc/old'), { recursive: true });
  expect((await place.changes()).sort()).toEqual([
    ...['etc/changed', 'etc/gone', 'etc/link', 'etc/new', 'etc/old/deep'],
  ]);
  await place.close();
  expect(await readdir(cache)).toEqual(['tree']);
  expect((await readdir(join(tree, 'etc'))).sort()).toEqual(['changed', 'gone', 'link', 'old', 'same']);
});
