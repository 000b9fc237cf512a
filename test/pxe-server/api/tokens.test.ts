import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { apiTokenName, firstApiToken } from '../../../pxe-server/api/tokens.ts';
import { openStore, type Store } from '../../../pxe-server/store/database.ts';

const NOW = new Date('2026-01-01T00:00:00.000Z');
let folder: string;
let file: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-tokens-'));
  file = join(folder, 'control', 'api-token');
  store = await openStore(join(folder, 'control.db'));
});
afterEach(async () => {
  await store.destroy();
  await rm(folder, { recursive: true, force: true });
});

const start = async () => {
  await firstApiToken(store, file, NOW);
  return (await readFile(file, 'utf8')).trim();
};
const good = async (token: string) => (await apiTokenName(store, sha256(token))) !== undefined;
const mode = async () => ((await stat(file)).mode & 0o777).toString(8);

it('the first start makes a token: its text in a file that only the owner reads, its hash in the store', async () => {
  const token = await start();
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(await mode()).toBe('600');
  expect(await good(token)).toBe(true);
  expect(await good('0'.repeat(32))).toBe(false);
  const rows = await store.selectFrom('apiTokens').selectAll().execute();
  expect(rows).toEqual([{ hash: sha256(token), name: 'first', createdAt: NOW.toISOString() }]);
});
it('later starts keep it, and narrow a mode that was widened', async () => {
  const token = await start();
  await chmod(file, 0o644);
  expect(await start()).toBe(token);
  expect(await mode()).toBe('600');
  expect(await store.selectFrom('apiTokens').selectAll().execute()).toHaveLength(1);
});
it('a removed or broken file gives a new token and withdraws the old one', async () => {
  const first = await start();
  await rm(file);
  const second = await start();
  expect([await good(first), await good(second)]).toEqual([false, true]);
  await writeFile(file, 'not a token\n');
  const third = await start();
  expect([await good(second), await good(third)]).toEqual([false, true]);
});
it('a new database keeps the token that the file has', async () => {
  const token = await start();
  await store.deleteFrom('apiTokens').execute();
  expect(await start()).toBe(token);
  expect(await good(token)).toBe(true);
});
