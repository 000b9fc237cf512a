import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertLabels } from '../../../builder/image/labels.ts';
import { run } from '../../../builder/shared/process/run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rackhand-labels-'));
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  for (const name of ['a', 'b']) await writeFile(join(root, 'usr/bin', name), '');
  await symlink('usr/bin', join(root, 'bin'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const PATHS = ['', 'usr', 'usr/bin', 'usr/bin/a', 'usr/bin/b', 'bin'];
const label = (path: string) =>
  run(['setfattr', '-h', '-n', 'security.selinux', '-v', 'system_u:object_r:usr_t:s0', join(root, path)]);

it('a root has its labels when every path has one, links and folders too', async () => {
  for (const path of PATHS) await label(path);
  await assertLabels(root);
});

it.each(['usr/bin/b', 'bin', ''])('one that lacks that of %j is refused', async (without) => {
  for (const path of PATHS) if (path !== without) await label(path);
  await expect(assertLabels(root)).rejects.toMatchObject({
    code: 'labels-missing',
    message: '1 of 6 paths of the root have no SELinux label',
  });
});
