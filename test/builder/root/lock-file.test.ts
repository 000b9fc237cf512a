import { describe, expect, it } from 'vitest';
import { renderChanges } from '../../../builder/commands/lock.ts';
import { Recipe, UNCHECKED } from '../../../builder/recipe/schema.ts';
import { compareLocks, lockFileOf, parseLock, wantsOf } from '../../../builder/root/lock-file.ts';
import type { LockedPackage } from '../../../builder/root/parse.ts';
import { RackhandError } from '../../../builder/shared/errors.ts';

const recipe = Recipe.parse({
  ...{ name: 'r', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'modular', strip: [] },
  repositories: [
    { id: 'base', metalink: 'https://mirror.example/list', gpgkey: 'file:///k' },
    { id: 'own', baseurl: 'file:///own', gpgcheck: UNCHECKED },
  ],
  packages: ['kernel-core'],
  compression: { squashfs: 'xz', initramfs: 'xz' },
  ramRequired: 2048,
});

function locked(name: string, version = '1', checksum = `sha256:${'ab'.repeat(32)}`): LockedPackage {
  return {
    ...{ name, epoch: 0, version, release: '1', arch: 'noarch', repository: 'base', checksum },
    ...{ size: 1, installSize: 2, buildTime: 3, location: `Packages/${name}.rpm` },
  };
}
const lock = { packages: [locked('a')], keys: { base: 'cd'.repeat(32) } };

function fault(text: string, of = recipe): [string, string] {
  try {
    parseLock(text, 'r.lock.json', of);
  } catch (error) {
    if (error instanceof RackhandError) return [error.code, error.message];
  }
  throw new Error('no RackhandError');
}

describe('a lock file', () => {
  const file = lockFileOf(recipe, lock);
  const text = JSON.stringify(file);
  it('says what is installed, from where, and whether anybody checks', () => {
    expect(file).toEqual({
      ...{ schema: 1, recipe: 'r', base: 'el9', releasever: '9', arch: 'x86_64', wants: wantsOf(recipe) },
      repositories: [
        { id: 'base', url: 'https://mirror.example/list', signatures: 'checked' },
        { id: 'own', url: 'file:///own', signatures: 'unchecked' },
      ],
      keys: lock.keys,
      packages: lock.packages,
    });
  });
  it('is read as it was written', () => {
    expect(parseLock(text, 'r.lock.json', recipe)).toEqual(lock);
  });
  it('may be what an image keeps of its build', () => {
    expect(parseLock(JSON.stringify({ key: 'x', lock }), 'build.json', recipe)).toEqual(lock);
  });
  it.each<[what: string, text: string, fault: [string, string]]>([
    ['that is no JSON', '{', ['lock-invalid', 'r.lock.json: is no JSON']],
    [
      'with an unknown key',
      JSON.stringify({ ...file, more: 1 }),
      ['lock-invalid', 'r.lock.json: it: Unrecognized key: "more"'],
    ],
    [
      'with a broken digest',
      text.replaceAll('sha256:ab', 'sha256:zz'),
      ['lock-invalid', expect.stringContaining('packages.0.checksum') as unknown as string],
    ],
    [
      'of another recipe',
      text.replace('"recipe":"r"', '"recipe":"s"'),
      ['lock-stale', 'r.lock.json: is the lock of s, not of r'],
    ],
    [
      'without packages, of an image that was made of a root',
      JSON.stringify({ key: 'x', lock: { packages: [], keys: {} } }),
      ['lock-invalid', 'r.lock.json: has no packages'],
    ],
    [
      'with a package of a repository that the recipe does not have',
      JSON.stringify({ lock: { ...lock, packages: [{ ...locked('a'), repository: 'gone' }] } }),
      ['lock-stale', 'r.lock.json: a is from repository gone, which r does not have'],
    ],
  ])('%s is refused', (_, broken, expected) => {
    expect(fault(broken)).toEqual(expected);
  });
  it('is stale once the recipe asks for something else, and only then', () => {
    const more = { ...recipe, packages: ['kernel-core', 'lldpd'] };
    expect(fault(text, more)[0]).toBe('lock-stale');
    expect(parseLock(text, 'x', { ...recipe, kernelArguments: ['quiet'], ramRequired: 4096 })).toEqual(lock);
  });
});

describe('two locks', () => {
  const before = [locked('gone'), locked('same'), locked('newer'), locked('rebuilt')];
  const after = [
    locked('rebuilt', '1', `sha256:${'ef'.repeat(32)}`),
    ...[locked('same'), locked('newer', '2'), locked('added')],
  ];
  it('differ by these lines', () => {
    expect(renderChanges(compareLocks(before, after))).toEqual([
      '+ added-0:1-1.noarch',
      '- gone-0:1-1.noarch',
      '~ newer 0:1-1 → 0:2-1',
      '! rebuilt-0:1-1.noarch has other content under the same version',
    ]);
  });
  it('that are equal differ by none', () => {
    expect(renderChanges(compareLocks(after, [...after].reverse()))).toEqual([]);
  });
});
