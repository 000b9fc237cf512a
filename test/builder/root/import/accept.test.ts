import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceptRoot, osRelease, refusal } from '../../../../builder/root/import/accept.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rackhand-root-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text = ''): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}

describe('os-release', () => {
  it('is read with and without quotes', () => {
    expect(osRelease('# text\nID="rocky"\nVERSION_ID=\'9.5\'\nID_LIKE=fedora\nbad line\n')).toEqual({
      ...{ ID: 'rocky', VERSION_ID: '9.5', ID_LIKE: 'fedora' },
    });
  });
  it.each<[id: string, like: string, version: string, reason: string | undefined]>([
    ['rocky', 'rhel centos fedora', '9.5', undefined],
    ['almalinux', 'rhel centos fedora', '9.4', undefined],
    ['centos', 'rhel fedora', '9', undefined],
    ['rhel', 'fedora', '9.6', undefined],
    ['rhel', 'centos fedora', '10.0', 'is rhel, and the recipe is for el9'],
    ['fedora', '', '42', 'is not based on RHEL (fedora): os-release says ID=fedora'],
    [
      'debian-like',
      'ubuntu debian',
      '24.04',
      'is not based on RHEL (debian-like): os-release says ID=debian-like, ID_LIKE=ubuntu debian',
    ],
  ])('%s (%s) %s', (ID, ID_LIKE, VERSION_ID, reason) => {
    expect(refusal({ ID, ID_LIKE, VERSION_ID }, 'el9')).toBe(reason);
  });
});

describe('a root', () => {
  const RELEASE = 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"\n';
  it('tells where its package database is', async () => {
    await put('usr/lib/os-release', RELEASE);
    await mkdir(join(root, 'etc'));
    await symlink('../usr/lib/os-release', join(root, 'etc/os-release'));
    await put('var/lib/rpm/Packages');
    expect(await acceptRoot(root, 'here', 'el9')).toBe('/var/lib/rpm');
    await put('usr/lib/sysimage/rpm/rpmdb.sqlite');
    expect(await acceptRoot(root, 'here', 'el9')).toBe('/usr/lib/sysimage/rpm');
  });
  it('without a package database is refused', async () => {
    await put('etc/os-release', RELEASE);
    await expect(acceptRoot(root, 'here', 'el9')).rejects.toMatchObject({
      code: 'root-refused',
      message: 'here is no RPM root: it has no package database in usr/lib/sysimage/rpm or var/lib/rpm',
    });
  });
  it('whose os-release leads to this machine’s has none', async () => {
    await mkdir(join(root, 'etc'));
    await symlink('/etc/os-release', join(root, 'etc/os-release'));
    await expect(acceptRoot(root, 'here', 'el9')).rejects.toMatchObject({
      message: 'here has no os-release: it is no root of a distribution',
    });
  });
});
