import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertLabels } from '../../../builder/image/labels.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rackhand-labels-'));
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  for (const name of ['a', 'b']) await writeFile(join(root, 'usr/bin', name), '');
  await symlink('usr/bin', join(root, 'bin'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('a root has its labels when every path has one, links and folders too', async () => {
  await assertLabels(root, 6);
});

it('one that lacks a label is refused', async () => {
  await expect(assertLabels(root, 5)).rejects.toMatchObject({
    code: 'labels-missing',
    message: '1 of 6 paths of the root have no SELinux label',
  });
});
