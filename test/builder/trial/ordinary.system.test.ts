import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { publishSmall } from '../catalog/small-image.ts';

// `rackhand images test` by who is not root.

const PROGRAM = '/mnt/bin/rackhand';
const AS_NOBODY = join(import.meta.dirname, '../as-nobody.sh');

let folder: string;
let id: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-ordinary-'));
  ({ id } = await publishSmall(join(folder, 'catalog'), 'kernel'));
  await run(['chown', '-R', '65534:65534', folder]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('without ids in /etc/subuid is told what is missing, and leaves nothing', async () => {
  const test = [
    PROGRAM,
    'images',
    'test',
    id,
    '--mode',
    'pxe-bios',
    '--work',
    folder,
    '--catalog',
    'catalog',
  ];
  const argv = ['unshare', '--mount', '--propagation', 'private', '--', AS_NOBODY, folder, '', ...test];
  const { stderr } = await run(argv, { okCodes: [1], timeout: 60_000 });
  expect(stderr).toContain(
    'error [trial-namespace]: this account may not have a network and mounts of its own',
  );
  expect(stderr).toContain('in /etc/subuid');
  expect(stderr).toContain(
    'mend: install uidmap and give the account 65536 ids in /etc/subuid and /etc/subgid',
  );
  expect((await readdir(folder)).filter((name) => name.startsWith('rackhand-test'))).toEqual([]);
});
