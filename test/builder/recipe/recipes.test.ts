import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeAbstract, type LoadedRecipe, loadRecipe } from '../../../builder/recipe/load.ts';
import { flatRecipe, recipeSchema, recipeYaml } from '../../../builder/recipe/show.ts';
import { repoFile, resolveArguments } from '../../../builder/root/arguments.ts';

/** Every recipe of the tree: what dnf is asked for and where, as checked-in files that show each change. */

const RECIPES = join(import.meta.dirname, '../../../images/recipes');
const NAMES = readdirSync(RECIPES).flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -5)] : []));
const BUILT = NAMES.filter((name) => name !== 'hypervisor');

/** What a user gives on the command line. */
function given(name: string): Record<string, string> {
  if (name.startsWith('lab')) return { mirror: '/lab/repository', key: '/lab/RPM-GPG-KEY' };
  if (name.endsWith('-cdn')) return { entitlement: '1234567890' };
  return name.startsWith('rhel') ? { dvd: '/mnt' } : {};
}

const loaded: Record<string, LoadedRecipe> = {};
beforeAll(async () => {
  for (const name of BUILT) loaded[name] = await loadRecipe(join(RECIPES, `${name}.yaml`), given(name));
});

it('are these', () => {
  expect(NAMES.sort()).toEqual([
    ...['alma10', 'alma8', 'alma9', 'hypervisor', 'lab', 'lab-release', 'lab10', 'lab8'],
    ...['rhel10', 'rhel10-cdn', 'rhel8', 'rhel8-cdn', 'rhel9', 'rhel9-cdn'],
    ...['rocky10', 'rocky10-aarch64', 'rocky8', 'rocky9', 'rocky9-aarch64'],
    ...['stream10', 'stream8', 'stream9'],
  ]);
});

describe.each(BUILT)('%s', (name) => {
  it('asks these repositories for these packages', async () => {
    const { recipe } = loaded[name]!;
    const text = [
      `# ${name}: ${recipe.base}, libvirt ${recipe.libvirt}`,
      ...recipe.repositories.map(
        ({ id, fingerprint }) => `# ${id}: ${[fingerprint ?? 'any key'].flat().join(' ')}`,
      ),
      repoFile(recipe.repositories, (id) => `/home/${id}.asc`),
      ...recipe.packages,
      '',
    ].join('\n');
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  });
  it('lists no package twice', () => {
    const { packages } = loaded[name]!.recipe;
    expect(packages.filter((entry, at) => packages.indexOf(entry) !== at)).toEqual([]);
  });
  it('is named as its file, and dnf is told its release', () => {
    const { recipe } = loaded[name]!;
    expect(recipe.name).toBe(name);
    expect(recipe.base).toBe(`el${recipe.releasever}`);
    const paths = { home: '/h', temporary: '/t', cache: '/c', root: '/r' };
    const argv = resolveArguments(recipe, paths);
    expect(argv).toContain(`--releasever=${recipe.releasever}`);
    expect(argv).toContain(`--forcearch=${name.endsWith('-aarch64') ? 'aarch64' : 'x86_64'}`);
    expect(argv.slice(argv.indexOf('install') + 1)).toEqual(recipe.packages);
  });
  it('shown and read again is the same recipe', async () => {
    const text = recipeYaml(loaded[name]!);
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(flatRecipe(loaded[name]!))));
    const where = name.endsWith('-aarch64') ? ' on aarch64' : '';
    expect(text.split('\n')[0]).toBe(
      `# ${name} after extension, the names of ${loaded[name]!.recipe.base}${where}, and variables.`,
    );
  });
  it('checks signatures with keys of the distribution', () => {
    for (const { gpgcheck, fingerprint } of loaded[name]!.recipe.repositories) {
      expect(gpgcheck).toBe(true);
      if (!name.startsWith('lab')) expect(fingerprint).toBeDefined();
    }
  });
});

it.each(['9', '10'])('EL%s for arm64 has nothing of x86, and its own loaders and firmware', (release) => {
  const { recipe, release: runs } = loaded[`rocky${release}-aarch64`]!;
  const x86 = loaded[`rocky${release}`]!.recipe;
  const gone = x86.packages.filter((name) => !recipe.packages.includes(name));
  expect(gone.sort()).toEqual([
    ...['edk2-ovmf', 'grub2-efi-x64-cdboot', 'ipxe-roms-qemu', 'microcode_ctl'],
    ...['qemu-kvm-device-display-virtio-vga', 'seabios', 'shim-x64'],
  ]);
  expect(recipe.packages.filter((name) => !x86.packages.includes(name)).sort()).toEqual([
    ...['edk2-aarch64', 'grub2-efi-aa64-cdboot', 'shim-aa64'],
  ]);
  expect(recipe.repositories.map(({ baseurl }) => /\/(\w+)\/os\/$/.exec(baseurl!)?.[1])).toEqual([
    ...['aarch64', 'aarch64'],
  ]);
  expect(recipe.kernelArguments.filter((word) => word.startsWith('console='))).toEqual([
    ...['console=tty0', 'console=ttyAMA0,115200'],
  ]);
  expect(runs.cpu).toBe('armv8-a');
});

it('hypervisor is for others to extend', async () => {
  const file = join(RECIPES, 'hypervisor.yaml');
  expect((await describeAbstract(file))?.packages.length).toBeGreaterThan(90);
  await expect(loadRecipe(file)).rejects.toMatchObject({ code: 'recipe-abstract' });
});

describe('the schema for editors', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(recipeSchema());
  it.each(NAMES)('takes %s', (name) => {
    expect([validate(parse(readFileSync(join(RECIPES, `${name}.yaml`), 'utf8'))), validate.errors]).toEqual([
      true,
      null,
    ]);
  });
  it.each([
    ['an unknown key', { name: 'a', pakages: [] }],
    ['a number for a release', { name: 'a', releasever: 9 }],
    ['no name', { packages: ['a'] }],
    ['signatures switched off', { name: 'a', repositories: [{ id: 'b', gpgcheck: false }] }],
    ['an option for a package', { name: 'a', packages: ['--nogpgcheck'] }],
  ])('refuses %s', (_, recipe) => {
    expect(validate(recipe)).toBe(false);
  });
});
