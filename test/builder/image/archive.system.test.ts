import { chmod, link, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listedAttributes } from '../../../builder/image/listed.ts';
import { run } from '../../../builder/shared/process/run.ts';

// A root packed with attributes that its files do not have: as root, and in a user namespace of its own as a build of an
// ordinary user is, which may write no security attribute to a file.

let folder: string;
let root: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-archive-'));
  root = join(folder, 'root');
  await chmod(folder, 0o755);
  await makeRoot();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LONG = `usr/share/${'long/'.repeat(30)}name`;
const LATIN1 = Buffer.from('usr/share/caf\xe9', 'latin1');
const EPOCH = 1_700_000_000;

async function makeRoot(): Promise<void> {
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await mkdir(join(root, LONG, '..'), { recursive: true });
  await writeFile(join(root, LONG), 'long');
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), LATIN1]), 'not UTF-8');
  await writeFile(join(root, 'usr/share/two\nlines'), '');
  await writeFile(join(root, 'usr/bin/ping'), Buffer.alloc(3 << 20, 'ping'));
  await chmod(join(root, 'usr/bin/ping'), 0o4755);
  await link(join(root, 'usr/bin/ping'), join(root, 'usr/bin/ping4'));
  await symlink('usr/bin', join(root, 'bin'));
  await symlink('x'.repeat(120), join(root, 'usr/bin/far'));
  await run(['mkfifo', join(root, 'usr/fifo')]);
  await run(['setcap', 'cap_net_raw=ep', join(root, 'usr/bin/ping')]);
  await utimes(join(root, 'usr/bin/ping'), 1000, 1000);
  await utimes(root, 2000, 2000);
  await chmod(root, 0o755);
}

/** @returns the image's bytes */
async function pack(as: string[], name: string): Promise<Buffer> {
  const modules = join(import.meta.dirname, '../../../builder');
  const output = join(folder, name);
  await mkdir(output);
  const script = `
    import { makeSquashfs } from ${JSON.stringify(join(modules, 'image/image.ts'))};
    import { ownAttributes } from ${JSON.stringify(join(modules, 'image/labels.ts'))};
    const attributes = await ownAttributes(${JSON.stringify(root)}, '^security.capability$');
    for (const path of ['', 'bin', 'usr', 'usr/bin/ping4', 'usr/share/two\\nlines', ${JSON.stringify(LONG)}])
      attributes.set(path, new Map([...(attributes.get(path) ?? []), ['security.selinux', Buffer.from('label of ' + path + '\\0')]]));
    await makeSquashfs({
      root: ${JSON.stringify(root)}, output: ${JSON.stringify(output)}, epoch: ${EPOCH},
      recipe: { compression: { squashfs: 'zstd-3' } },
      given: { attributes, scratch: ${JSON.stringify(join(output, 'scratch'))} },
    });`;
  await run([...as, process.execPath, '--input-type=module', '--eval', script], { timeout: 60_000 });
  return readFile(join(output, 'rootfs.squashfs'));
}

const ROOT = ['unshare', '--mount', '--propagation', 'private', '--'];
const NAMESPACE = ['unshare', '--user', '--map-root-user', ...ROOT.slice(1)];

it.each([ROOT, NAMESPACE])('is possible here: %s %s', async (...as) => {
  const script = `
    import { labelWay } from ${JSON.stringify(join(import.meta.dirname, '../../../builder/image/way.ts'))};
    console.log(await labelWay(${JSON.stringify(join(folder, 'scratch'))}));`;
  expect((await run([...as, process.execPath, '--input-type=module', '--eval', script])).stdout).toBe(
    'packed\n',
  );
});

it('gives the same bytes to everybody, with attributes of every path and of the root itself', async () => {
  const mine = await pack(ROOT, 'a');
  expect(mine.equals(await pack(ROOT, 'b'))).toBe(true);
  expect(mine.equals(await pack(NAMESPACE, 'c'))).toBe(true);

  const unpacked = join(folder, 'unpacked');
  await run(['unsquashfs', '-no-progress', '-dest', unpacked, join(folder, 'a/rootfs.squashfs')]);
  const argv = ['getfattr', '-R', '-P', '-h', '-d', '-e', 'hex', '--absolute-names', '-m', '-', unpacked];
  const found = listedAttributes((await run(argv)).stdout, unpacked);
  const own = listedAttributes((await run([...argv.slice(0, -1), root])).stdout, root).get('usr/bin/ping')!;
  const label = (path: string) => ({ 'security.selinux': Buffer.from(`label of ${path}\0`) });
  const ping = { ...label('usr/bin/ping4'), 'security.capability': own.get('security.capability') };
  expect(Object.fromEntries([...found].map(([path, own]) => [path, Object.fromEntries(own)]))).toEqual({
    ...Object.fromEntries(
      ['', 'bin', 'usr', 'usr/share/two\nlines', LONG].map((path) => [path, label(path)]),
    ),
    // Names of one file, of which setfiles tells one.
    'usr/bin/ping': ping,
    'usr/bin/ping4': ping,
  });
}, 120_000);

it('is the root in all else', async () => {
  await pack(ROOT, 'a');
  const lines = (await run(['unsquashfs', '-UTC', '-lln', join(folder, 'a/rootfs.squashfs')])).stdout;
  await run(['mksquashfs', root, join(folder, 'plain'), '-noappend', '-no-progress', '-no-exports'], {
    env: { SOURCE_DATE_EPOCH: String(EPOCH) },
  });
  const plain = (await run(['unsquashfs', '-UTC', '-lln', join(folder, 'plain')])).stdout;
  expect(lines.slice(lines.indexOf('drwx'))).toBe(plain.slice(plain.indexOf('drwx')));
  expect(lines).toMatch(/^-rwsr-xr-x 0\/0 +3145728 1970-01-01 00:16 squashfs-root\/usr\/bin\/ping4?$/m);
  const unpacked = join(folder, 'unpacked');
  await run(['unsquashfs', '-no-progress', '-dest', unpacked, join(folder, 'a/rootfs.squashfs')]);
  await run(['diff', '-r', '--no-dereference', join(root, 'usr/share'), join(unpacked, 'usr/share')]);
  await run(['cmp', join(root, 'usr/bin/ping'), join(unpacked, 'usr/bin/ping')]);
}, 120_000);
