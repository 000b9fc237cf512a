import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../builder/recipe/load.ts';
import { RackhandError } from '../../../builder/shared/errors.ts';

const GOOD = `name: small
base: el9
releasever: "9"
arch: x86_64
repositories:
  - id: base
    baseurl: "file://\${mirror}"
    gpgkey: "\${key}"
packages: [kernel-core, libvirt-daemon]
libvirt: monolithic
services:
  enable: [sshd.service]
strip:
  - use: live
  - { drop: ["usr/share/doc/**"], because: nobody reads }
compression: { squashfs: zstd-3, initramfs: zstd-3 }
ramRequired: 2048
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-recipe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(text: string, variables: Record<string, string> = { mirror: '/m', key: 'file:///k' }) {
  await writeFile(join(folder, 'small.yaml'), text);
  return loadRecipe(join(folder, 'small.yaml'), variables);
}

async function fault(text: string, variables?: Record<string, string>): Promise<[string, string]> {
  const error = await load(text, variables).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RackhandError)) throw new Error(`no RackhandError but ${String(error)}`);
  return [error.code, error.message.replaceAll(`${folder}/`, '')];
}

describe('a recipe', () => {
  it('gives repositories with variables filled in, and defaults', async () => {
    const { recipe, sha256 } = await load(GOOD);
    expect(recipe.repositories).toEqual([
      { id: 'base', baseurl: 'file:///m', gpgkey: 'file:///k', gpgcheck: true },
    ]);
    expect(recipe.services).toEqual({ enable: ['sshd.service'], disable: [], mask: [] });
    expect(recipe.exclude).toEqual([]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has one identity for equal content, from wherever it comes', async () => {
    const first = await load(GOOD);
    expect((await load(`# a comment\n${GOOD}`)).sha256).toBe(first.sha256);
    expect((await load(GOOD.replace('libvirt-daemon', 'libvirt'))).sha256).not.toBe(first.sha256);
    // Another mirror of the same packages, by digest, gives the same image.
    expect((await load(GOOD, { mirror: '/n', key: 'file:///k' })).sha256).toBe(first.sha256);
  });

  it('takes its own values of variables when none are given', async () => {
    const own = `variables: { mirror: /own, key: "file:///own.asc" }\n${GOOD}`;
    expect((await load(own, {})).recipe.repositories[0]!.baseurl).toBe('file:///own');
    expect((await load(own, { mirror: '/given' })).recipe.repositories[0]!.baseurl).toBe('file:///given');
  });

  it.each<[what: string, text: string, message: string]>([
    [
      'an unknown key, with its line and the nearest key',
      GOOD.replace('packages:', 'pakages:'),
      'small.yaml:9: unknown key "pakages"; did you mean "packages"?',
    ],
    [
      'an unknown key in a list',
      GOOD.replace('    gpgkey:', '    gpgkeys: "file:///k"\n    gpgkey:'),
      'small.yaml:8: unknown key "repositories.0.gpgkeys"; did you mean "gpgkey"?',
    ],
    [
      'an unknown key that is near to none',
      GOOD.replace('  enable:', '  zzzzzzzz: []\n  enable:'),
      'small.yaml:12: unknown key "services.zzzzzzzz"; known keys: enable, disable, mask',
    ],
    [
      'signature checks switched off',
      GOOD.replace('    gpgkey:', '    gpgcheck: false\n    gpgkey:'),
      'small.yaml:8: repositories.0.gpgcheck: package signatures are checked; to go without, write gpgcheck: "I accept packages whose origin nobody checked"',
    ],
    [
      'an option in place of a package',
      GOOD.replace('kernel-core', '--nogpgcheck'),
      'small.yaml:9: packages.0: expected a package name as dnf takes it',
    ],
    [
      'a kernel argument with a blank',
      `${GOOD}kernelArguments: ["a b"]\n`,
      'small.yaml:18: kernelArguments.0: expected one kernel argument without blanks, quotes, $ or backslash',
    ],
    [
      'a repository without an address',
      GOOD.replace('    baseurl: "file://${mirror}"\n', ''),
      'small.yaml:6: repositories.0: expected exactly one of baseurl, metalink and mirrorlist',
    ],
    [
      'a repository without a key, when signatures are checked',
      GOOD.replace('    gpgkey: "${key}"\n', ''),
      'small.yaml:6: repositories.0: expected gpgkey: signatures are checked with it',
    ],
    [
      'a certificate without its key',
      GOOD.replace('    gpgkey:', '    sslclientcert: /etc/pki/client.pem\n    gpgkey:'),
      'small.yaml:6: repositories.0: expected sslclientcert and sslclientkey together',
    ],
    [
      'a package twice, with both places',
      GOOD.replace('packages: [kernel-core,', 'packages:\n  - kernel-core\n  - [').replace(
        / {2}- \[(.*)\]/,
        '  - kernel-core',
      ),
      'small.yaml:11: packages: kernel-core stands in small.yaml:10 already',
    ],
    [
      'two repositories with one id',
      GOOD.replace('packages:', '  - { id: base, baseurl: "file:///n", gpgkey: "file:///k" }\npackages:'),
      'small.yaml:9: repositories: the id base is taken by small.yaml:6',
    ],
    [
      'a strip rule without a reason',
      GOOD.replace(', because: nobody reads', ''),
      'small.yaml:15: strip.1.because: Invalid input: expected string, received undefined',
    ],
    [
      'a strip rule with a word for another',
      GOOD.replace('because: nobody reads', 'because: nobody reads, even-if: neded'),
      'small.yaml:15: strip.1.even-if: Invalid input: expected "needed"',
    ],
    [
      'a rule set with a key too many',
      GOOD.replace('use: live', 'use: live\n    because: nobody reads'),
      'small.yaml:15: unknown key "strip.0.because"; did you mean "because"?',
    ],
    [
      'no packages',
      GOOD.replace(/packages: .*/, 'packages: []'),
      'small.yaml:1: packages: expected at least one',
    ],
    ['what is missing', GOOD.replace('arch: x86_64\n', ''), 'small.yaml:1: arch: the recipe lacks it'],
    ['a key twice', `${GOOD}name: other\n`, 'small.yaml:18: Map keys must be unique at line 18, column 1:'],
    [
      'an alias without its anchor',
      GOOD.replace(/packages: .*/, 'packages: *nope'),
      'small.yaml:9: the alias *nope has no anchor before it',
    ],
    [
      'aliases of aliases of aliases',
      `${['a', 'b', 'c', 'd'].map((name, i) => `${name}: &${name} [${Array(9).fill(i === 0 ? 'x' : `*${'abc'[i - 1]}`)}]`).join('\n')}\n${GOOD}`,
      'small.yaml: Excessive alias count indicates a resource exhaustion attack',
    ],
  ])('refuses %s', async (_, text, message) => {
    expect(await fault(text)).toEqual(['recipe-invalid', message]);
  });

  it.each<[what: string, variables: Record<string, string>, message: string]>([
    ['no value', { mirror: '/m' }, 'small.yaml:6: variable "key" of repository base has no value'],
    [
      'a line of its own for the repo file',
      { mirror: '/m\ngpgcheck=0', key: 'file:///k' },
      'small.yaml:6: variable "mirror" of repository base has a value that a URL cannot hold: /m\ngpgcheck=0',
    ],
    [
      'no scheme',
      { mirror: '/m', key: '/k' },
      'small.yaml:6: variable "key" of repository base gives no http, https or file URL: /k',
    ],
    [
      'a path that is not full, after file://',
      { mirror: 'm', key: 'file:///k' },
      'small.yaml:6: variable "mirror" of repository base gives no http, https or file URL: file://m',
    ],
    [
      'another URL, after file://',
      { mirror: 'http://192.0.2.1/m', key: 'file:///k' },
      'small.yaml:6: variable "mirror" of repository base gives no http, https or file URL: file://http://192.0.2.1/m',
    ],
    [
      'a name that the recipe does not have',
      { mirror: '/m', kye: 'file:///k' },
      'small.yaml has no variable "kye"; did you mean "key"?',
    ],
  ])('refuses a variable with %s', async (_, variables, message) => {
    expect(await fault(GOOD, variables)).toEqual(['recipe-variable', message]);
  });

  it('goes without signatures only in so many words', async () => {
    const words = 'I accept packages whose origin nobody checked';
    const text = GOOD.replace('    gpgkey: "${key}"\n', `    gpgcheck: "${words}"\n`);
    expect((await load(text, { mirror: '/m' })).recipe.repositories).toEqual([
      { id: 'base', baseurl: 'file:///m', gpgcheck: words },
    ]);
  });

  it('takes libvirt as its release has it', async () => {
    const silent = GOOD.replace('libvirt: monolithic\n', '');
    expect((await load(silent)).recipe.libvirt).toBe('modular');
    expect((await load(silent.replace('el9', 'el8'))).recipe.libvirt).toBe('monolithic');
  });

  it('asks for no repository where there is a root already', async () => {
    await load(GOOD);
    const { recipe } = await loadRecipe(join(folder, 'small.yaml'), {}, { sources: false });
    expect(recipe.repositories).toEqual([]);
  });

  it('that does not exist is named', async () => {
    await expect(loadRecipe(join(folder, 'absent.yaml'))).rejects.toMatchObject({
      code: 'recipe-missing',
      message: `${join(folder, 'absent.yaml')} does not exist`,
    });
  });
});

describe('strip rules', () => {
  const strip = (rule: string) => GOOD.replace(/strip:\n( {2}- .*\n)*/, `strip:\n  - ${rule}\n`);
  it('carry the place where they stand, those of a set too', async () => {
    const { rules } = await load(GOOD);
    expect(rules[0]).toMatchObject({ verb: 'drop-package', at: 'live.yaml:3' });
    expect(rules.at(-1)).toEqual({
      ...{ verb: 'drop', patterns: ['usr/share/doc/**'], because: 'nobody reads', needed: undefined },
      at: 'small.yaml:15',
    });
  });
  it('mean the same wherever they stand in the file', async () => {
    const [one, other] = [await load(GOOD), await load(`# first line\n${GOOD}`)];
    expect(other.sha256).toBe(one.sha256);
  });
  it.each([
    [
      'two verbs',
      '{ keep: [x], drop: [y], because: abc }',
      'expected exactly one of drop, keep, drop-package',
    ],
    ['no verb', '{ because: abc }', 'expected exactly one of drop, keep'],
    ['no reason', '{ drop: [x] }', 'because'],
    ['a leading slash', '{ drop: [/x], because: abc }', 'expected a path pattern without a leading slash'],
    [
      'an unclosed brace',
      "{ drop: ['usr/{share/x'], because: abc }",
      'drop.0: unclosed { in pattern usr/{share/x',
    ],
    [
      'an unclosed brace in the name of a module',
      "{ keep-module: [snd, 'snd-{hda'], because: abc }",
      'keep-module.1: unclosed { in pattern snd-{hda',
    ],
    [
      'a spared keep',
      '{ keep: [x], unless: needed, because: abc }',
      'unless and even-if belong to what is dropped',
    ],
    ['both', '{ drop: [x], unless: needed, even-if: needed, because: abc }', 'not both'],
    [
      'a set that is not there',
      '{ use: userlandd }',
      'there is no rule set "userlandd"; did you mean "userland"?',
    ],
  ])('are refused for %s', async (_, rule, message) => {
    const [code, told] = await fault(strip(rule));
    expect([code, told]).toEqual(['recipe-invalid', expect.stringContaining(message)]);
    expect(told).toMatch(/small\.yaml:1[34]/);
  });
});
