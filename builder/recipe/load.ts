import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Architecture } from '../contract/architecture.ts';
import { RackhandError } from '../shared/errors.ts';
import { identity } from '../shared/ids.ts';
import { nearest } from '../shared/nearest.ts';
import { type MergedRecipe, mergeRecipes, type Placed } from './extend.ts';
import { RECIPES, readChain, readRecipeText } from './read.ts';
import { namesIn, RELEASES, type Release, releaseOf } from './releases.ts';
import { type Base, Recipe, type Repository } from './schema.ts';
import { invalid, parseStrict } from './strict.ts';
import { type PlacedRule, RuleSet, type StripEntry, type StripRule, VERBS } from './strip-rules.ts';
import { ADDRESSES, assertKnown, substitute } from './variables.ts';

export interface LoadedRecipe {
  recipe: Recipe;
  /** Values of its variables: given ones, and the recipe's own. */
  variables: Record<string, string>;
  /** What its release brings along. */
  release: Release;
  /** The recipe's strip rules with those of the sets it uses, in order. */
  rules: PlacedRule[];
  /** The same for the modules of its initramfs. */
  initramfsRules: PlacedRule[];
  /** Hash of recipe and rules after defaults; not of where packages and keys lie: a lock has their digests. */
  sha256: string;
}

export interface LoadOptions {
  /** False for a root that is there already: repositories are not asked for, nor their variables. */
  sources?: boolean;
}

/**
 * Reads a recipe, those that it extends, and the rule sets they use.
 * @throws RackhandError recipe-missing | recipe-invalid | recipe-abstract | recipe-variable
 */
export async function loadRecipe(
  file: string,
  variables: Record<string, string> = {},
  { sources = true }: LoadOptions = {},
): Promise<LoadedRecipe> {
  const merged = mergeRecipes(await readChain(file));
  if (merged.abstract) {
    throw new RackhandError(
      'recipe-abstract',
      `${file} is abstract: it names no distribution and cannot be built`,
      `build a recipe that extends it, or write one: extends: ${merged.name}`,
    );
  }
  const repositories = sources ? fillRepositories(file, merged, variables) : [];
  const recipe = complete(file, merged, repositories);
  if (sources) assertSources(file, recipe);
  const rules = await placeRules(merged.strip);
  const initramfsRules = await placeRules(merged.initramfs);
  // Where a rule stands is for people: moving it within its file changes nothing.
  const plain = (placed: PlacedRule[]) => placed.map(({ at: _, ...rule }) => rule);
  const written = {
    ...recipe,
    repositories: recipe.repositories.map(withoutAddresses),
    strip: [],
    initramfs: [],
  };
  const sha256 = identity({ recipe: written, rules: plain(rules), initramfs: plain(initramfsRules) });
  const values = sources ? { ...merged.variables, ...variables } : {};
  const release = releaseOf(recipe.base, recipe.arch);
  return { recipe, variables: values, release, rules, initramfsRules, sha256 };
}

function withoutAddresses(repository: Repository): Partial<Repository> {
  const addresses: readonly string[] = ADDRESSES;
  return Object.fromEntries(Object.entries(repository).filter(([key]) => !addresses.includes(key)));
}

/** How a recipe that nobody can build is made up; for one that is abstract. */
export async function describeAbstract(file: string): Promise<MergedRecipe | undefined> {
  const merged = mergeRecipes(await readChain(file));
  return merged.abstract ? merged : undefined;
}

function fillRepositories(
  file: string,
  merged: MergedRecipe,
  variables: Record<string, string>,
): Repository[] {
  const own = merged.variables ?? {};
  assertKnown(
    file,
    variables,
    own,
    merged.repositories.map(({ value }) => value),
  );
  return merged.repositories.map((repository) => substitute(repository, { ...own, ...variables }));
}

/** The recipe as it is built; what no file says is a fault of the recipe's own. */
function complete(file: string, merged: MergedRecipe, repositories: Repository[]): Recipe {
  const { extends: _, abstract: __, ...given } = merged;
  const values = <T>(list: Placed<T>[]) => list.map(({ value }) => value);
  const { services, base } = merged;
  const result = Recipe.safeParse({
    ...given,
    ...(base ? { libvirt: merged.libvirt ?? RELEASES[base].libvirt } : {}),
    variables: {},
    repositories,
    packages: base ? releasePackages(base, merged.packages, merged.arch) : [],
    exclude: values(merged.exclude),
    kernelArguments: values(merged.kernelArguments),
    strip: values(merged.strip),
    initramfs: values(merged.initramfs),
    services: {
      enable: values(services.enable),
      disable: values(services.disable),
      mask: values(services.mask),
    },
  });
  if (result.success) return result.data;
  const missing = result.error.issues.map(({ path }) => path.map(String).join('.'));
  // Without a base, libvirt is the release's to say.
  const told = missing.filter((key) => base !== undefined || key !== 'libvirt');
  const who = merged.extends === undefined ? 'the recipe' : 'neither the recipe nor what it extends';
  const verb = merged.extends === undefined ? 'lacks it' : 'gives it';
  throw invalid(told.map((key) => `${file}:1: ${key}: ${who} ${verb}`).join('\n'));
}

/** The release's own names; two that have one name there are one. */
function releasePackages(base: Base, packages: readonly Placed<string>[], arch?: Architecture): string[] {
  const names = packages.flatMap(({ value, neutral }) => (neutral ? namesIn(base, value, arch) : [value]));
  return [...new Set(names)];
}

function assertSources(file: string, { repositories, packages }: Recipe): void {
  const lacks = { repositories, packages };
  for (const [key, list] of Object.entries(lacks))
    if (list.length === 0) throw invalid(`${file}:1: ${key}: expected at least one`);
}

/** Folder of the shared rule sets. */
const SETS = join(RECIPES, 'rules');

async function placeRules(entries: readonly Placed<StripEntry>[]): Promise<PlacedRule[]> {
  const placed: PlacedRule[] = [];
  for (const { value, at } of entries) {
    if ('use' in value) placed.push(...(await readSet(value.use, at)));
    else placed.push(placeRule(value, basename(at)));
  }
  return placed;
}

/**
 * A shared rule set by its name, for rules that no recipe lists.
 * @throws RackhandError recipe-missing | recipe-invalid
 */
export async function loadRuleSet(name: string): Promise<PlacedRule[]> {
  return readSet(name, 'the builder');
}

async function readSet(name: string, from: string): Promise<PlacedRule[]> {
  const file = join(SETS, `${name}.yaml`);
  const known = (await readdir(SETS)).map((entry) => entry.replace(/\.yaml$/, ''));
  if (!known.includes(name)) {
    const near = nearest(name, known, 1)[0];
    const hint = near ? `; did you mean "${near}"?` : `; sets: ${known.join(', ')}`;
    throw invalid(`${from}: there is no rule set "${name}"${hint}`);
  }
  const { data, lineOf } = parseStrict(await readRecipeText(file), file, RuleSet);
  return data.rules.map((rule, index) => placeRule(rule, `${name}.yaml:${lineOf(['rules', index])}`));
}

function placeRule(rule: StripRule, at: string): PlacedRule {
  const verb = VERBS.find((name) => rule[name] !== undefined)!;
  const needed = rule.unless ? 'stays' : rule['even-if'] ? 'goes' : undefined;
  return { verb, patterns: rule[verb]!, because: rule.because, needed, at };
}
