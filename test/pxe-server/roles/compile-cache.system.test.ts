import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileCacheEnvironment } from '../../../pxe-server/roles/compile-cache.ts';
import { Launcher } from '../../../pxe-server/roles/launcher.ts';

const NOBODY = { name: 'nobody', uid: 65534, gid: 65534 };
let base: string;
let folder: string;
let used: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-compiled-'));
  await chmod(base, 0o755);
  folder = join(base, 'node');
  used = join(folder, 'v24-x64-0');
  await mkdir(used, { recursive: true, mode: 0o755 });
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe('roles read what was compiled', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['where root alone can write', async () => undefined],
    ['where root alone can enter', () => chmod(base, 0o700)],
    ['below a folder with the sticky bit', () => chmod(base, 0o1777)],
  ])('%s', async (_what, change) => {
    await change();
    expect(compileCacheEnvironment(folder, used)).toEqual({ NODE_COMPILE_CACHE: folder });
  });
  it.each<[string, () => Promise<unknown>]>([
    ["it is another's", () => chown(folder, NOBODY.uid, NOBODY.gid)],
    ["the folder for this user is another's", () => chown(used, NOBODY.uid, NOBODY.gid)],
    ["a folder above it is another's", () => chown(base, NOBODY.uid, NOBODY.gid)],
    ['its group can write', () => chmod(folder, 0o775)],
    ['everybody can write', () => chmod(used, 0o777)],
    ['everybody can write above it', () => chmod(base, 0o777)],
    ['it is not there', () => rm(used, { recursive: true })],
    [
      'a link leads to where others can write',
      async () => {
        await rm(used, { recursive: true });
        await mkdir(join(base, 'open'), { mode: 0o777 });
        await chmod(join(base, 'open'), 0o777);
        await symlink(join(base, 'open'), used);
      },
    ],
  ])('and not where %s', async (_what, change) => {
    await change();
    expect(compileCacheEnvironment(folder, used)).toEqual({});
  });
  it('and not without a folder, or where Node could not use it', () => {
    expect(compileCacheEnvironment('', used)).toEqual({});
    expect(compileCacheEnvironment(folder, undefined)).toEqual({});
  });
});

describe('a role that gives up root', () => {
  it('leaves what it has compiled as root, where its account can change nothing', async () => {
    const launcher = new Launcher(pino({ level: 'silent' }), join(import.meta.dirname, 'sample'), {
      NODE_COMPILE_CACHE: folder,
    });
    try {
      await launcher.start([{ role: 'keyholder', settings: { text: '' }, sockets: {}, account: NOBODY }]);
      const own = (await readdir(folder)).filter(
        (name) => name.endsWith('-0') && !name.startsWith('v24-x64'),
      );
      expect(own).toHaveLength(1);
      const files = await readdir(join(folder, own[0]!));
      expect(files.length).toBeGreaterThan(10);
      for (const path of [own[0]!, ...files.map((name) => join(own[0]!, name))]) {
        const { uid, mode } = await stat(join(folder, path));
        expect({ path, uid, others: mode & 0o022 }).toEqual({ path, uid: 0, others: 0 });
      }
      // Nothing for the account it has now.
      expect((await readdir(folder)).filter((name) => name.endsWith(`-${NOBODY.uid}`))).toEqual([]);
    } finally {
      await launcher.stop();
    }
  });
});
