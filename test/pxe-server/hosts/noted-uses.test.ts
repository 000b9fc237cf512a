import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readUses } from '../../../builder/catalog/uses.ts';
import { NotedUses, serverId } from '../../../pxe-server/hosts/noted-uses.ts';

const SERVER = '0123456789abcdef0123456789abcdef';
let folder: string;
let faults: unknown[];
let uses: NotedUses;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-noted-'));
  faults = [];
  const now = () => new Date('2026-01-01T00:00:00.000Z');
  uses = new NotedUses({ catalog: folder, server: SERVER, now, onFault: (fault) => faults.push(fault) });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const told = (image: string) => ({ default: 'lab', hosts: [{ name: 'n1', image, booted: [] }] });

it('of many changes the last is written; the same once more is not', async () => {
  for (const image of ['a', 'b', 'c']) uses.note(told(image));
  await uses.settled();
  expect(await readUses(folder)).toMatchObject([{ schema: 1, ...told('c') }]);
  const file = join(folder, `uses/${SERVER}.json`);
  const { ino } = await stat(file);
  uses.note(told('c'));
  await uses.settled();
  expect((await stat(file)).ino).toBe(ino);
  expect(await readdir(join(folder, 'uses'))).toEqual([`${SERVER}.json`]);
  expect(faults).toEqual([]);
});

it('a catalog that cannot be written is told once, and written when it can be', async () => {
  await writeFile(join(folder, 'uses'), 'in the way');
  for (const image of ['a', 'b']) {
    uses.note(told(image));
    await uses.settled();
  }
  expect(faults).toHaveLength(1);
  await rm(join(folder, 'uses'));
  uses.note(told('b'));
  await uses.settled();
  expect(await readUses(folder)).toMatchObject([told('b')]);
});

it('the server has the same id after each start', async () => {
  const id = await serverId(folder);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(await serverId(folder)).toBe(id);
  expect((await readFile(join(folder, 'server-id'), 'utf8')).trim()).toBe(id);
});
