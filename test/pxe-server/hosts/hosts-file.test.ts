import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { declareFromFile } from '../../../pxe-server/hosts/hosts-file.ts';
import { type Books, openBooks } from '../enrol/desk.ts';

let folder: string;
let books: Books;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-hosts-'));
  books = await openBooks();
});
afterEach(async () => {
  await books.close();
  await rm(folder, { recursive: true, force: true });
});
const declare = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return declareFromFile(path, books);
};
const names = () => books.registry.list().map((host) => host.name);

it('declares the hosts of a CSV or YAML file', async () => {
  expect(await declare('hosts.csv', 'name\nnode1\n')).toBeUndefined();
  expect(await declare('hosts.yaml', 'hosts: [{ name: node2 }]\n')).toBeUndefined();
  expect(names()).toEqual(['node1', 'node2']);
});
it.each<[string, string, string]>([
  ['cannot be read', 'name,macs\nnode9,nonsense\n', 'hosts.csv:2: macs.0'],
  ['collides', 'name,serial\nnode9,s1\n', 'serial S1, wanted for node9, belongs to host node1'],
])(
  'that %s: the service goes on with the hosts that it has, and the journal says why',
  async (_what, text, why) => {
    await books.registry.declare({ name: 'node1', serial: 'S1' });
    expect((await declare('hosts.csv', text))?.message).toContain(why);
    expect(names()).toEqual(['node1']);
    const { severity, kind, message } = (await books.journal.list({})).at(-1)!;
    expect({ severity, kind }).toEqual({ severity: 'warning', kind: 'service' });
    expect(message).toContain(why);
    expect(message).toMatch(/^the hosts file counts for nothing until the next start: .+; .+/);
  },
);
it('that is gone, the same', async () => {
  const fault = await declareFromFile(join(folder, 'absent.csv'), books);
  expect(fault?.code).toBe('hosts-absent');
});
it('a store that is broken is no fault of the file', async () => {
  await books.store.schema.dropTable('hosts').execute();
  await expect(declare('hosts.csv', 'name\nnode1\n')).rejects.toThrow(/no such table/);
});
