import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertSpace } from '../../../builder/shared/space.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-space-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a folder that is not there yet is measured where it would be made', async () => {
  await assertSpace([{ path: join(folder, 'catalog/deep'), bytes: 1 }]);
});
it('needs on one file system add up', async () => {
  const half = 2 ** 59;
  const needs = ['a', 'b'].map((name) => ({ path: join(folder, name), bytes: half }));
  await expect(assertSpace(needs)).rejects.toMatchObject({
    code: 'no-space',
    message: expect.stringContaining(`needs ${2 ** 40} MiB`),
  });
});
