import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Recipe } from '../../../../builder/recipe/schema.ts';
import { importRoot } from '../../../../builder/root/import/import.ts';
import { identifyRoot } from '../../../../builder/root/import/source.ts';
import type { Lock } from '../../../../builder/root/lock.ts';
import { RackhandError } from '../../../../builder/shared/errors.ts';
import { sha256 } from '../../../../builder/shared/ids.ts';
import { run } from '../../../../builder/shared/process/run.ts';
import { makePackages } from '../../fixture-repository.ts';

// Roots as folders, archives and layers of an image, with the real rpm, tar and bubblewrap.

const recipe = Recipe.parse({
  ...{ name: 'r', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'modular', strip: [] },
  ...{ repositories: [], packages: [], ramRequired: 1024, compression: { squashfs: 'xz', initramfs: 'xz' } },
});
const TAR = ['tar', '--create', '--xattrs', '--xattrs-include=*', '--numeric-owner'];

let base: string;
let root: string;
let work: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-import-'));
  root = join(base, 'root');
  await makePackages(join(base, 'fixture'), [{ name: 'alpha' }, { name: 'beta' }]);
  await writeFile(join(base, '.rpmmacros'), '%_dbpath /var/lib/rpm\n');
  await mkdir(join(root, 'usr/lib'), { recursive: true });
  const files = ['alpha', 'beta'].map((name) =>
    join(base, `fixture/repository/Packages/${name}-1-1.noarch.rpm`),
  );
  await run(['rpm', `--root=${root}`, '--install', '--nodeps', '--nosignature', ...files], {
    env: { HOME: base },
  });
  await writeFile(
    join(root, 'usr/lib/os-release'),
    'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"\n',
  );
  await mkdir(join(root, 'etc'), { recursive: true });
  await symlink('../usr/lib/os-release', join(root, 'etc/os-release'));
  for (const name of ['dev', 'proc', 'sys', 'run']) await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, 'run/left-over'), '');
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await writeFile(join(root, 'usr/bin/tool'), 'tool', { mode: 0o755 });
  await run(['ln', join(root, 'usr/bin/tool'), join(root, 'usr/bin/other')]);
  await run(['setcap', 'cap_net_raw+ep', join(root, 'usr/bin/tool')]);
  await run(['chown', '-h', '27:36', join(root, 'usr/share/alpha/file')]);
});
afterAll(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  work = join(base, `work-${count++}`);
  for (const name of ['home', 'tmp', 'cache', 'tree']) await mkdir(join(work, name), { recursive: true });
});

async function take(path: string): Promise<Lock> {
  const paths = { home: join(work, 'home'), temporary: join(work, 'tmp'), cache: join(work, 'cache') };
  const options = { signal: new AbortController().signal, say: () => undefined };
  return importRoot(await identifyRoot(path), recipe, { ...paths, root: join(work, 'tree') }, options);
}

async function fault(path: string): Promise<[string, string]> {
  const error = await take(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RackhandError)) throw new Error(`no RackhandError but ${String(error)}`);
  return [error.code, error.message.replaceAll(`${base}/`, '')];
}

async function expectWhole(lock: Lock): Promise<void> {
  const tree = join(work, 'tree');
  expect(lock.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['alpha 1', 'beta 1']);
  expect(await readFile(join(tree, 'etc/os-release'), 'utf8')).toContain('ID="rocky"');
  const [tool, other] = await Promise.all(['tool', 'other'].map((name) => stat(join(tree, 'usr/bin', name))));
  expect([tool!.ino, tool!.mode & 0o777]).toEqual([other!.ino, 0o755]);
  expect((await run(['getcap', join(tree, 'usr/bin/tool')])).stdout).toContain('cap_net_raw=ep');
  const { uid, gid } = await stat(join(tree, 'usr/share/alpha/file'));
  expect([uid, gid]).toEqual([27, 36]);
  for (const name of ['dev', 'proc', 'sys', 'run']) expect(await readdir(join(tree, name))).toEqual([]);
}

describe('a root', () => {
  it('that is a folder is copied, and left as it is', async () => {
    const lock = await take(root);
    await expectWhole(lock);
    expect(lock.source).toEqual({
      ...{ kind: 'folder', path: root },
      digest: expect.stringMatching(/^listing:[0-9a-f]{64}$/),
    });
    expect(await readdir(join(root, 'run'))).toEqual(['left-over']);
    expect((await identifyRoot(root)).digest).toBe(lock.source!.digest);
    await run(['touch', '--no-dereference', join(root, 'usr/share/beta/file')]);
    expect((await identifyRoot(root)).digest).not.toBe(lock.source!.digest);
  });
  it('that is a folder in use: what is mounted in it, and what it runs, is no part of it', async () => {
    const copy = join(work, 'live');
    await run(['cp', '--archive', root, copy]);
    await mkdir(join(copy, 'mnt'));
    const digest = (await identifyRoot(copy)).digest;
    await writeFile(join(copy, 'run/pid'), '');
    await mkdir(join(copy, 'proc/1'));
    expect((await identifyRoot(copy)).digest).toBe(digest);
    await run(['mount', '-t', 'tmpfs', 'rackhand-test', join(copy, 'mnt')]);
    try {
      const before = (await identifyRoot(copy)).digest;
      await writeFile(join(copy, 'mnt/file'), '');
      expect((await identifyRoot(copy)).digest).toBe(before);
    } finally {
      await run(['umount', join(copy, 'mnt')]);
    }
    expect((await identifyRoot(copy)).digest).toBe(digest);
  });
  it.each(['--no-auto-compress', '--gzip', '--xz', '--zstd'])('that is an archive (%s)', async (how) => {
    const archive = join(work, 'root.archive');
    const compress = how === '--no-auto-compress' ? [] : [how];
    await run([...TAR, ...compress, `--file=${archive}`, `--directory=${root}`, '.']);
    const lock = await take(archive);
    await expectWhole(lock);
    expect(lock.source!.digest).toBe(`sha256:${sha256(await readFile(archive))}`);
  });
});

describe('an OCI image', () => {
  /** Layers from folders, the lowest first; each may bring marks. */
  async function layout(...layers: string[]): Promise<string> {
    const folder = join(work, 'oci');
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    const put = async (bytes: Uint8Array, mediaType: string) => {
      const digest = sha256(bytes);
      await writeFile(join(folder, 'blobs/sha256', digest), bytes);
      return {
        mediaType: `application/vnd.oci.image.${mediaType}`,
        digest: `sha256:${digest}`,
        size: bytes.length,
      };
    };
    const json = (value: unknown) => Buffer.from(JSON.stringify(value));
    const put1 = async (from: string) => {
      const archive = join(work, 'layer.tar.gz');
      await run([...TAR, '--gzip', `--file=${archive}`, `--directory=${from}`, '.']);
      return put(await readFile(archive), 'layer.v1.tar+gzip');
    };
    const described = [];
    for (const from of layers) described.push(await put1(from));
    const config = await put(json({}), 'config.v1+json');
    const manifest = await put(json({ schemaVersion: 2, config, layers: described }), 'manifest.v1+json');
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [manifest] }));
    return folder;
  }

  it('of two layers: the upper one adds, replaces and takes away', async () => {
    const [lower, upper] = [join(work, 'lower'), join(work, 'upper')];
    await run(['cp', '--archive', root, lower]);
    await mkdir(join(lower, 'var/old/deep'), { recursive: true });
    await writeFile(join(lower, 'var/old/deep/file'), '');
    await mkdir(join(lower, 'srv/data'), { recursive: true });
    await writeFile(join(lower, 'srv/data/gone'), '');
    await writeFile(join(lower, 'etc/conf'), 'lower');
    for (const name of ['var', 'srv/data', 'etc']) await mkdir(join(upper, name), { recursive: true });
    await writeFile(join(upper, 'var/.wh.old'), '');
    await writeFile(join(upper, 'srv/data/.wh..wh..opq'), '');
    await writeFile(join(upper, 'srv/data/fresh'), '');
    await writeFile(join(upper, 'etc/conf'), 'upper');
    const lock = await take(await layout(lower, upper));
    await expectWhole(lock);
    expect(lock.source).toMatchObject({ kind: 'oci', digest: expect.stringMatching(/^sha256:/) });
    const tree = join(work, 'tree');
    expect(await readFile(join(tree, 'etc/conf'), 'utf8')).toBe('upper');
    expect(await readdir(join(tree, 'var'))).not.toContain('old');
    expect(await readdir(join(tree, 'srv/data'))).toEqual(['fresh']);
  });
  it('with a layer that was changed is refused', async () => {
    const folder = await layout(root);
    const blobs = join(folder, 'blobs/sha256');
    for (const name of await readdir(blobs)) {
      const bytes = await readFile(join(blobs, name));
      if (bytes[0] === 0x1f) await writeFile(join(blobs, name), Buffer.concat([bytes, Buffer.from('x')]));
    }
    const [code, message] = await fault(folder);
    expect(code).toBe('root-unreadable');
    expect(message).toMatch(/blob sha256:[0-9a-f]{64} has other content than its name says$/);
  });
});

describe('refused', () => {
  it('a member that leads out of the root; nothing is written there', async () => {
    const archive = join(work, 'escape.tar');
    const outside = join(work, 'outside');
    await mkdir(outside);
    await writeFile(join(work, 'file'), 'evil');
    await run([
      ...['tar', '--create', `--file=${archive}`, `--directory=${work}`, '--absolute-names'],
      ...[`--transform=s,^file$,../outside/file,`, 'file'],
    ]);
    const [code, message] = await fault(archive);
    expect([code, message]).toEqual([
      'root-unreadable',
      expect.stringContaining("Member name contains '..'"),
    ]);
    expect(await readdir(outside)).toEqual([]);
  });
  it('a layer that writes through a link of the one below', async () => {
    const outside = join(work, 'outside');
    const [lower, upper] = [join(work, 'lower'), join(work, 'upper')];
    for (const folder of [outside, lower, upper]) await mkdir(folder);
    await symlink(outside, join(lower, 'way'));
    await writeFile(join(upper, 'evil'), 'evil');
    const [one, two] = [join(work, '1.tar'), join(work, '2.tar')];
    await run(['tar', '--create', `--file=${one}`, `--directory=${lower}`, 'way']);
    await run(['tar', '--create', `--file=${two}`, `--directory=${upper}`, '--transform=s,^,way/,', 'evil']);
    const source = { kind: 'archive' as const, path: work, digest: 'sha256:00', archives: [one, two] };
    const paths = { home: join(work, 'home'), temporary: join(work, 'tmp'), cache: join(work, 'cache') };
    const options = { signal: new AbortController().signal, say: () => undefined };
    await expect(
      importRoot(source, recipe, { ...paths, root: join(work, 'tree') }, options),
    ).rejects.toMatchObject({ code: 'root-unreadable' });
    expect(await readdir(outside)).toEqual([]);
  });
  it('a layer that reaches for what the builder itself writes', async () => {
    const outside = join(work, 'outside');
    await writeFile(outside, 'precious');
    const way = join(work, 'way');
    const macros = join(work, 'macros');
    await symlink('../home', way);
    await symlink(outside, macros);
    const whole = join(work, '1.tar');
    await run([...TAR, `--file=${whole}`, `--directory=${root}`, '.']);
    await run(['tar', '--append', `--file=${whole}`, `--directory=${work}`, 'way']);
    const reaching = join(work, '2.tar');
    await run([
      ...['tar', '--create', `--file=${reaching}`, `--directory=${work}`],
      ...['--transform=flags=r;s,^macros$,way/.rpmmacros,', 'macros'],
    ]);
    const source = { kind: 'archive' as const, path: work, digest: 'sha256:00', archives: [whole, reaching] };
    const paths = { home: join(work, 'home'), temporary: join(work, 'tmp'), cache: join(work, 'cache') };
    const options = { signal: new AbortController().signal, say: () => undefined };
    await expect(
      importRoot(source, recipe, { ...paths, root: join(work, 'tree') }, options),
    ).rejects.toMatchObject({ code: 'root-unreadable' });
    expect(await readFile(outside, 'utf8')).toBe('precious');
    expect(await readdir(paths.home)).toEqual([]);
    expect(await readdir(paths.temporary)).toEqual([]);
    expect((await readdir(work)).filter((name) => name.startsWith('unpack-'))).toEqual([]);
  });
  it.each<[what: string, release: string | undefined, message: string]>([
    [
      'a root of another family',
      'ID=other\nID_LIKE=else\n',
      'is not based on RHEL (other): os-release says ID=other, ID_LIKE=else',
    ],
    ['a root of another release', 'ID=rhel\nVERSION_ID="8.10"\n', 'is rhel, and the recipe is for el9'],
    [
      'a root without packages',
      'ID=rhel\nVERSION_ID="9.6"\n',
      'is no RPM root: it has no package database in usr/lib/sysimage/rpm or var/lib/rpm',
    ],
    ['what is no root', undefined, 'has no os-release: it is no root of a distribution'],
  ])('%s', async (_, release, message) => {
    const folder = join(work, 'bare');
    await mkdir(join(folder, 'etc'), { recursive: true });
    if (release !== undefined) await writeFile(join(folder, 'etc/os-release'), release);
    expect(await fault(folder)).toEqual(['root-refused', `${folder.slice(base.length + 1)} ${message}`]);
  });
  it('what is no archive, and what is not there', async () => {
    await writeFile(join(work, 'text'), 'no archive');
    expect((await fault(join(work, 'text')))[0]).toBe('root-unreadable');
    expect(await fault(join(work, 'nothing'))).toEqual([
      'root-unreadable',
      `${work.slice(base.length + 1)}/nothing does not exist`,
    ]);
    expect(await fault(join(work, 'text/below'))).toEqual([
      'root-unreadable',
      `${work.slice(base.length + 1)}/text/below cannot be read (ENOTDIR)`,
    ]);
  });
});
