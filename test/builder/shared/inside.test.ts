import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  changeInside,
  emptyInside,
  linkInside,
  listInside,
  makeInside,
  readInside,
  removeInside,
  resolveInside,
  writeInside,
} from '../../../builder/shared/inside.ts';

let base: string;
let root: string;
let outside: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-inside-'));
  [root, outside] = [join(base, 'root'), join(base, 'outside')];
  for (const folder of [root, outside]) await mkdir(folder);
  await writeFile(join(outside, 'precious'), 'precious');
});
afterEach(async () => {
  expect(await readdir(outside)).toEqual(['precious']);
  expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('precious');
  await rm(base, { recursive: true });
});

async function put(path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Links to a folder outside: by its whole path, and from here. */
const WAYS: [how: string, target: () => string][] = [
  ['an absolute link', () => outside],
  ['a relative link', () => '../outside'],
  ['links to links', () => 'second'],
];

describe('paths inside a root', () => {
  it('follow links as if the root were /', async () => {
    await put('usr/lib/file');
    await symlink('usr/lib', join(root, 'lib'));
    await symlink('/lib/file', join(root, 'absolute'));
    await symlink('../../../../lib/file', join(root, 'up'));
    await symlink('round', join(root, 'round'));
    for (const path of ['lib/file', '/absolute', 'up', './lib/../lib/file'])
      expect(await resolveInside(root, path)).toBe(join(root, 'usr/lib/file'));
    expect(await resolveInside(root, 'round')).toBeUndefined();
    expect(await resolveInside(root, 'nowhere/file')).toBeUndefined();
  });

  it('are written, changed, listed and removed through links between folders', async () => {
    await put('usr/lib/old', 'old\n');
    await symlink('/usr/lib', join(root, 'lib'));
    await symlink('missing/deep', join(root, 'var'));
    await writeInside(root, 'lib/new', 'new', 0o600);
    await changeInside(root, 'lib/old', 0o644, (text) => `${text}more\n`);
    await linkInside(root, 'lib/link', 'new');
    await writeInside(root, 'var/tmp/file', 'x', 0o644);
    expect((await listInside(root, 'lib')).sort()).toEqual(['link', 'new', 'old']);
    expect(await readFile(join(root, 'usr/lib/old'), 'utf8')).toBe('old\nmore\n');
    expect((await stat(join(root, 'usr/lib/new'))).mode & 0o777).toBe(0o600);
    expect(await readlink(join(root, 'usr/lib/link'))).toBe('new');
    expect(await readFile(join(root, 'missing/deep/tmp/file'), 'utf8')).toBe('x');
    await removeInside(root, 'lib/old');
    await emptyInside(root, 'var/tmp');
    expect((await readdir(join(root, 'usr/lib'))).sort()).toEqual(['link', 'new']);
    expect(await readdir(join(root, 'missing/deep/tmp'))).toEqual([]);
  });
});

describe.each(WAYS)('%s out of the root', (_, target) => {
  beforeEach(async () => {
    await symlink(target(), join(root, 'way'));
    await symlink(outside, join(root, 'second'));
    await symlink(join(target(), 'precious'), join(root, 'file'));
  });

  it('is a folder or a file of the root for whoever writes', async () => {
    await writeInside(root, 'way/precious', 'mine', 0o644);
    await linkInside(root, 'way/link', 'precious');
    await makeInside(root, 'way/folder/deep');
    await changeInside(root, 'way/changed', 0o644, () => 'text');
    expect(await readInside(root, 'way/precious')).toBe('mine');
    expect((await listInside(root, 'way')).sort()).toEqual(['changed', 'folder', 'link', 'precious']);
  });
  it('leads to nothing for whoever reads or removes', async () => {
    expect(await readInside(root, 'file')).toBeUndefined();
    expect(await listInside(root, 'way')).toEqual([]);
    await removeInside(root, 'way/precious');
    await removeInside(root, `../${outside.split('/').at(-1)}/precious`);
    await emptyInside(root, 'way');
    await emptyInside(root, '../outside');
  });
  it('is replaced or removed itself', async () => {
    await writeInside(root, 'file', 'mine', 0o640);
    expect((await lstat(join(root, 'file'))).isFile()).toBe(true);
    await removeInside(root, 'way');
    expect((await readdir(root)).sort()).toEqual(['file', 'second']);
  });
  it('is no file to be changed', async () => {
    await changeInside(root, 'file', 0o600, (text) => `${text}mine`);
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('mine');
    expect((await lstat(join(root, 'file'))).mode & 0o7777).toBe(0o600);
  });
});

describe('what is in the way', () => {
  it('of a folder is told; of a file it goes', async () => {
    await put('etc/conf', 'x');
    await symlink('round', join(root, 'round'));
    for (const path of ['etc/conf/deep', 'etc/conf', 'round/a'])
      await expect(makeInside(root, path)).rejects.toMatchObject({ code: 'root-unusable' });
    await expect(writeInside(root, 'etc/conf/file', '', 0o644)).rejects.toMatchObject({
      message: '/etc/conf of the root is no folder',
    });
    await mkdir(join(root, 'etc/name/full'), { recursive: true });
    await expect(changeInside(root, 'etc/name', 0o644, () => '')).rejects.toMatchObject({
      message: '/etc/name of the root is no file',
    });
    await writeInside(root, 'etc/name', 'file', 0o644);
    expect(await readInside(root, 'etc/name')).toBe('file');
  });
});
