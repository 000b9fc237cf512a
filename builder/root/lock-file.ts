import { z } from 'zod';
import { Sha256, Slug } from '../contract/fields.ts';
import { Base, type Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import { identity } from '../shared/ids.ts';
import { parseJson } from '../shared/json.ts';
import { isChecked } from './arguments.ts';
import type { Lock } from './lock.ts';
import { type LockedPackage, nevra } from './parse.ts';

/** Locks on paper, and what differs between two: pure. */

const Package = z.strictObject({
  name: z.string(),
  epoch: z.int().nonnegative(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
  repository: Slug,
  checksum: z.string().regex(/^[a-z0-9]+:[0-9a-f]+$/),
  size: z.int().nonnegative(),
  installSize: z.int().nonnegative(),
  buildTime: z.int().nonnegative(),
  location: z.string(),
});

/** `RECIPE.lock.json`: exactly which packages, from where, checked with which keys. */
export const LockFile = z.strictObject({
  schema: z.literal(1),
  recipe: Slug,
  base: Base,
  releasever: z.string(),
  arch: z.string(),
  /** Identity of what the recipe asked for: a recipe that asks for something else needs a new lock. */
  wants: Sha256,
  repositories: z.array(
    z.strictObject({ id: Slug, url: z.string(), signatures: z.enum(['checked', 'unchecked']) }),
  ),
  /** Repository id → SHA-256 of its key file. */
  keys: z.record(z.string(), Sha256),
  packages: z.array(Package).min(1),
});
export type LockFile = z.infer<typeof LockFile>;

/** What an image has beside its manifest: the lock without what a recipe adds. */
const BuildRecord = z.object({
  lock: z.object({ packages: z.array(Package), keys: z.record(z.string(), Sha256) }),
});

/** What a recipe asks dnf for. */
export function wantsOf(recipe: Recipe): string {
  const { packages, exclude, base, releasever, arch } = recipe;
  const repositories = recipe.repositories.map(({ id }) => id);
  return identity({ packages, exclude, base, releasever, arch, repositories });
}

export function lockFileOf(recipe: Recipe, { packages, keys }: Lock): LockFile {
  return {
    ...{ schema: 1, recipe: recipe.name, base: recipe.base, releasever: recipe.releasever },
    ...{ arch: recipe.arch, wants: wantsOf(recipe) },
    repositories: recipe.repositories.map((repository) => ({
      id: repository.id,
      url: (repository.baseurl ?? repository.metalink ?? repository.mirrorlist)!,
      signatures: isChecked(repository) ? 'checked' : 'unchecked',
    })),
    keys,
    packages,
  };
}

/**
 * The lock of a file, or of an image's build record.
 * @throws RackhandError lock-invalid | lock-stale
 */
export function parseLock(text: string, file: string, recipe: Recipe): Lock {
  const mend = 'name a file that rackhand lock wrote, or an image that was made of packages';
  const data = parseJson(text);
  const written = LockFile.safeParse(data);
  const record = BuildRecord.safeParse(data);
  if (!written.success && !record.success) {
    const [issue] = written.error.issues;
    const what = data === undefined ? 'is no JSON' : `${issue!.path.join('.') || 'it'}: ${issue!.message}`;
    throw new RackhandError('lock-invalid', `${file}: ${what}`, mend);
  }
  if (written.success) assertFits(written.data, file, recipe);
  const { packages, keys } = written.success ? written.data : record.data!.lock;
  if (packages.length === 0) throw new RackhandError('lock-invalid', `${file}: has no packages`, mend);
  const known = new Set(recipe.repositories.map(({ id }) => id));
  const stranger = packages.find(({ repository }) => !known.has(repository));
  if (stranger) {
    const what = `${stranger.name} is from repository ${stranger.repository}, which ${recipe.name} does not have`;
    throw stale(`${file}: ${what}`);
  }
  return { packages, keys };
}

function assertFits(lock: LockFile, file: string, recipe: Recipe): void {
  if (lock.recipe !== recipe.name)
    throw stale(`${file}: is the lock of ${lock.recipe}, not of ${recipe.name}`);
  if (lock.wants !== wantsOf(recipe))
    throw stale(`${file}: ${recipe.name} asks for other packages or repositories than when it was locked`);
}

function stale(what: string): RackhandError {
  return new RackhandError('lock-stale', what, 'rackhand lock RECIPE --update shows what would change');
}

export interface LockChanges {
  added: string[];
  removed: string[];
  /** "kernel-core 0:6.1-1 → 0:6.1-2", whichever way. */
  changed: string[];
  /** Of the same version, but with other content. */
  rebuilt: string[];
}

/** What a new lock would change, each list in order of names. */
export function compareLocks(before: readonly LockedPackage[], after: readonly LockedPackage[]): LockChanges {
  const keyOf = (p: LockedPackage) => `${p.name}.${p.arch}`;
  const old = new Map(before.map((p) => [keyOf(p), p]));
  const now = new Map(after.map((p) => [keyOf(p), p]));
  const evr = (p: LockedPackage) => `${p.epoch}:${p.version}-${p.release}`;
  const both = [...now].flatMap(([key, p]) => (old.has(key) ? [[old.get(key)!, p] as const] : []));
  return {
    added: [...now]
      .filter(([key]) => !old.has(key))
      .map(([, p]) => nevra(p))
      .sort(),
    removed: [...old]
      .filter(([key]) => !now.has(key))
      .map(([, p]) => nevra(p))
      .sort(),
    changed: both
      .filter(([a, b]) => evr(a) !== evr(b))
      .map(([a, b]) => `${b.name} ${evr(a)} → ${evr(b)}`)
      .sort(),
    rebuilt: both
      .filter(([a, b]) => evr(a) === evr(b) && a.checksum !== b.checksum)
      .map(([, b]) => nevra(b))
      .sort(),
  };
}
