import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../builder/recipe/load.ts';
import { RackhandError } from '../../../builder/shared/errors.ts';

const PARENT = `name: parent
abstract: true
arch: x86_64
repositories:
  - { id: a, baseurl: "file:///a", gpgkey: "file:///k" }
  - { id: b, baseurl: "file:///b", gpgkey: "file:///k" }
packages: [one, two, curl-minimal, kernel-modules-core]
exclude: [three]
kernelArguments: [quiet, loglevel=4]
services: { enable: [one.service], mask: [evil.service] }
strip:
  - { use: live }
  - { drop: [usr/share/doc/x], because: of the parent }
compression: { squashfs: xz, initramfs: xz }
budget: { image: 100, iso: 150 }
ramRequired: 2048
`;
const CHILD = `name: child
extends: parent
base: el9
releasever: "9"
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-extend-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(files: Record<string, string>, name = 'child') {
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, `${file}.yaml`), text);
  return loadRecipe(join(folder, `${name}.yaml`));
}

async function fault(files: Record<string, string>, name?: string): Promise<[string, string]> {
  const error = await load(files, name).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RackhandError)) throw new Error(`no RackhandError but ${String(error)}`);
  return [error.code, error.message.replaceAll(`${folder}/`, '')];
}

describe('a recipe that extends another', () => {
  it('has what the other has', async () => {
    const { recipe } = await load({ parent: PARENT, child: CHILD });
    expect(recipe).toMatchObject({
      ...{ name: 'child', base: 'el9', arch: 'x86_64', libvirt: 'modular', ramRequired: 2048 },
      packages: ['one', 'two', 'curl-minimal', 'kernel-modules-core'],
      kernelArguments: ['quiet', 'loglevel=4'],
      services: { enable: ['one.service'], disable: [], mask: ['evil.service'] },
    });
    expect(recipe).not.toHaveProperty('abstract');
    expect(recipe).not.toHaveProperty('extends');
  });
  it('appends to lists, overrides scalars, and keys of compression and budget one by one', async () => {
    const { recipe, rules } = await load({
      parent: PARENT,
      child: `${CHILD}packages: [four]
exclude: [five]
kernelArguments: [nosmt]
services: { enable: [two.service] }
strip:
  - { keep: [usr/share/doc/x], because: of the child }
compression: { squashfs: zstd-3 }
budget: { image: 140 }
ramRequired: 4096
`,
    });
    expect(recipe).toMatchObject({
      packages: ['one', 'two', 'curl-minimal', 'kernel-modules-core', 'four'],
      exclude: ['three', 'five'],
      kernelArguments: ['quiet', 'loglevel=4', 'nosmt'],
      services: { enable: ['one.service', 'two.service'], disable: [], mask: ['evil.service'] },
      compression: { squashfs: 'zstd-3', initramfs: 'xz' },
      budget: { image: 140, iso: 150 },
      ramRequired: 4096,
    });
    // Each rule keeps its own file and line.
    expect(rules.slice(-2).map(({ at, because }) => [at, because])).toEqual([
      ['parent.yaml:13', 'of the parent'],
      ['child.yaml:10', 'of the child'],
    ]);
  });
  it('takes entries out of what it extends, before it adds its own', async () => {
    const { recipe, rules } = await load({
      parent: PARENT,
      child: `${CHILD}without:
  packages: [two]
  exclude: [three]
  kernelArguments: [quiet]
  repositories: [b]
  strip: [live]
packages: [two]
`,
    });
    expect(recipe.packages).toEqual(['one', 'curl-minimal', 'kernel-modules-core', 'two']);
    expect([recipe.exclude, recipe.kernelArguments]).toEqual([[], ['loglevel=4']]);
    expect(recipe.repositories.map(({ id }) => id)).toEqual(['a']);
    expect(rules.map(({ at }) => at)).toEqual(['parent.yaml:13']);
  });
  it('puts a repository in the place of one with its id', async () => {
    const child = `${CHILD}repositories: [{ id: a, baseurl: "file:///other", gpgkey: "file:///k" }]\n`;
    const { recipe } = await load({ parent: PARENT, child });
    expect(recipe.repositories.map(({ id, baseurl }) => [id, baseurl])).toEqual([
      ['a', 'file:///other'],
      ['b', 'file:///b'],
    ]);
  });
  it('may be extended itself, across folders by name', async () => {
    const { recipe } = await load(
      {
        child:
          'name: child\nextends: lab\nrepositories: [{ id: lab, baseurl: "file:///l", gpgkey: "file:///k" }]\n',
        grandchild: 'name: grandchild\nextends: ./child.yaml\ndescription: third\n',
      },
      'grandchild',
    );
    expect(recipe).toMatchObject({ name: 'grandchild', description: 'third', base: 'el9' });
    expect(recipe.packages).toContain('qemu-kvm-core');
  });
});

describe('names of packages', () => {
  const el = (base: string, more = '') => CHILD.replace('base: el9', `base: ${base}`) + more;
  it('are the release’s where the file names no release', async () => {
    expect((await load({ parent: PARENT, child: el('el8') })).recipe.packages).toEqual([
      'one',
      'two',
      'curl',
    ]);
    expect((await load({ parent: PARENT, child: el('el10') })).recipe.packages).toEqual([
      ...['one', 'two', 'curl', 'kernel-modules-core'],
    ]);
  });
  it('are taken as written where it does', async () => {
    const child = el('el8', 'packages: [kernel-modules-core]\n');
    expect((await load({ parent: PARENT, child })).recipe.packages).toEqual([
      ...['one', 'two', 'curl', 'kernel-modules-core'],
    ]);
  });
});

describe('refuses, with file and line,', () => {
  it.each<[what: string, files: Record<string, string>, message: string]>([
    [
      'a name that no recipe has',
      { parent: PARENT, child: CHILD.replace('extends: parent', 'extends: parnet') },
      'child.yaml:2: extends: there is no recipe "parnet"; did you mean "parent"?',
    ],
    [
      'a file that is not there',
      { child: CHILD.replace('extends: parent', 'extends: ../nowhere/else.yaml') },
      `child.yaml:2: extends: there is no file ${join(tmpdir(), 'nowhere/else.yaml')}`,
    ],
    [
      'a loop',
      { parent: PARENT.replace('abstract', 'extends: child\nabstract'), child: CHILD },
      'parent.yaml:2: extends: recipes extend each other in a loop: child.yaml → parent.yaml → child.yaml',
    ],
    [
      'itself',
      { child: CHILD.replace('extends: parent', 'extends: child') },
      'child.yaml:2: extends: recipes extend each other in a loop: child.yaml → child.yaml',
    ],
    [
      'a package that the other has',
      { parent: PARENT, child: 'name: child\nextends: parent\nabstract: true\npackages:\n  - one\n' },
      'child.yaml:5: packages: one stands in parent.yaml:7 already',
    ],
    [
      'a fault of the other',
      { parent: PARENT.replace('ramRequired: 2048', 'ramRequired: 20'), child: CHILD },
      'parent.yaml:16: ramRequired: Too small: expected number to be >=512',
    ],
    [
      'what is not there to be taken out',
      { parent: PARENT, child: `${CHILD}without:\n  packages: [one, tow]\n` },
      'child.yaml:6: without.packages: what this extends has no tow; did you mean "two"?',
    ],
    [
      'what nobody says',
      { parent: PARENT.replace('ramRequired: 2048\n', ''), child: CHILD },
      'child.yaml:1: ramRequired: neither the recipe nor what it extends gives it',
    ],
  ])('%s', async (_, files, message) => {
    expect(await fault(files)).toEqual(['recipe-invalid', message]);
  });
  it('to build what is abstract', async () => {
    expect(await fault({ parent: PARENT }, 'parent')).toEqual([
      'recipe-abstract',
      'parent.yaml is abstract: it names no distribution and cannot be built',
    ]);
  });
});
