import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../../pxe-server/store/database.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('is made when it is absent, and opened again with what it held', async () => {
  const path = join(folder, 'control.db');
  const first = await openStore(path);
  await first.insertInto('hosts').values({ id: 'h1', name: 'node1', document: '{}' }).execute();
  await first.destroy();
  const second = await openStore(path);
  expect(await second.selectFrom('hosts').selectAll().execute()).toHaveLength(1);
  await second.destroy();
});
it.each([
  ['a folder that is absent', async () => join(folder, 'absent', 'control.db')],
  ['a folder in its place', async () => folder],
  [
    'a file that is no database',
    async () => {
      await writeFile(join(folder, 'control.db'), 'x'.repeat(4096));
      return join(folder, 'control.db');
    },
  ],
])('%s: says which file and what to do', async (_what, path) => {
  await expect(openStore(await path())).rejects.toMatchObject({
    code: 'store-broken',
    message: expect.stringContaining(folder),
    mend: expect.stringContaining('folder'),
  });
});
it('names of hosts are unique', async () => {
  const store = await openStore(':memory:');
  const host = (id: string) =>
    store.insertInto('hosts').values({ id, name: 'node1', document: '{}' }).execute();
  await host('h1');
  await expect(host('h2')).rejects.toThrow(/UNIQUE/);
  await store.destroy();
});
