import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createKey,
  keyFolder,
  openSigner,
  publishKey,
  readPublicKey,
  readSigner,
  trustedKeys,
  trustKey,
} from '../../../builder/evidence/keys.ts';
import { keyId, keyLine } from '../../../builder/evidence/signature.ts';
import { testSigner } from './signer.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-keys-'));
  file = join(folder, 'own/signing.key');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a key is made on first use, for its owner alone, and found again', async () => {
  const first = await openSigner(file);
  expect(first.created).toBe(true);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'own'))).mode & 0o777).toBe(0o700);
  const second = await openSigner(file);
  expect(second.created).toBe(false);
  expect(keyLine(second.signer)).toBe(keyLine(first.signer));
  expect(await readdir(join(folder, 'own'))).toEqual(['signing.key']);
});

it('of several that make it at once one makes it, and all have the same', async () => {
  const opened = await Promise.all(Array.from({ length: 8 }, () => openSigner(file)));
  expect(opened.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(opened.map(({ signer }) => keyLine(signer))).size).toBe(1);
  expect(await readdir(join(folder, 'own'))).toEqual(['signing.key']);
});

it('a key that is there is never written over', async () => {
  await createKey(file);
  const before = await readFile(file);
  expect(await createKey(file)).toBe(false);
  expect(await readFile(file)).toEqual(before);
});

it('is refused when others can read it', async () => {
  await createKey(file);
  await chmod(file, 0o640);
  await expect(readSigner(file)).rejects.toMatchObject({
    ...{ code: 'key-exposed', message: expect.stringContaining('mode 640') },
    mend: expect.stringContaining(`chmod 600 ${file}`),
  });
});

it.each([
  ['absent', undefined, 'key-missing'],
  ['something else', 'hello\n', 'key-invalid'],
  ['empty', '', 'key-invalid'],
])('a file that is %s is no key', async (_, text, code) => {
  const other = join(folder, 'other.key');
  if (text !== undefined) await writeFile(other, text, { mode: 0o600 });
  await expect(readSigner(other)).rejects.toMatchObject({ code });
});

it('where no key can be made says how to go on', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(openSigner(join(folder, 'file/signing.key'))).rejects.toMatchObject({
    ...{ code: 'key-unwritable', mend: expect.stringContaining('--no-sign') },
  });
});

it('trusted are the own key and those that a person named, whether by line or by file', async () => {
  const [first, second] = [testSigner(1), testSigner(2)];
  expect(await trustedKeys(file, folder)).toEqual([]);
  const own = (await openSigner(file)).signer;
  await publishKey(folder, first);
  await trustKey(await readPublicKey(join(folder, `${keyId(first)}.pub`)), folder);
  const said = await trustKey(await readPublicKey(keyLine(second)), folder);
  expect((await trustedKeys(file, folder)).map(keyId).sort()).toEqual([own, first, second].map(keyId).sort());
  await rm(said);
  expect((await trustedKeys(file, folder)).map(keyId).sort()).toEqual([own, first].map(keyId).sort());
});

it('keys are in the folder that the person’s settings name', () => {
  expect(keyFolder({ XDG_CONFIG_HOME: '/settings' })).toBe('/settings/rackhand');
  expect(keyFolder({ XDG_CONFIG_HOME: '' })).toMatch(/\/\.config\/rackhand$/);
});
