import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { underLock } from './cache/locks.ts';
import type { StageInputs, StageLookup, Stages } from './cache/stages.ts';
import type { Workplace } from './cache/workplace.ts';
import { type Recipe, UNCHECKED } from './recipe/schema.ts';
import { type DnfPaths, isChecked } from './root/arguments.ts';
import { dnfIdentity } from './root/dnf.ts';
import { type Lock, lockPackages } from './root/lock.ts';
import { parseLock } from './root/lock-file.ts';
import { metadataDigest, resolvedDigest } from './root/metadata.ts';
import { prepareDnf, prepareLocked } from './root/prepare.ts';
import { writeFileAtomic } from './shared/atomic.ts';
import { errno, RackhandError } from './shared/errors.ts';
import { nearest } from './shared/nearest.ts';

/** What resolving a recipe works with. */
export interface Locking {
  recipe: Recipe;
  cache: string;
  stages: Stages;
  place: Workplace;
  paths: DnfPaths;
  /** Digest of the code that resolves. */
  builder: string;
  /** Resolve although nothing has changed. */
  force: boolean;
  say: (message: string) => void;
  /** Told why dnf has to resolve, or need not. */
  explain: (reason: string, reused: boolean) => void;
  signal: AbortSignal;
}

/** Which packages a recipe comes to now: from dnf, or from the cache while no repository has changed. */
export async function resolveLock(work: Locking): Promise<Lock> {
  const { recipe, cache, stages, place, paths, signal, say } = work;
  warnUnchecked(recipe, say);
  const keys = await prepareDnf(recipe, paths, signal);
  const inputs = await lockInputs(work, keys);
  const found = inputs && (await stages.find('lock', inputs));
  const known = await readKept(found?.folder, recipe);
  const reuse = known !== undefined && !work.force;
  work.explain(reuse ? found!.reason : whyNot(found, known !== undefined), reuse);
  if (reuse) return known;
  return underLock(cache, 'dnf', say, signal, async () => {
    const lock = await lockPackages(recipe, paths, keys, { signal, nearest });
    if (inputs === undefined || !(await sawTheSame(work, inputs))) return lock;
    const made = await place.make('lock');
    // In the place of a result that is damaged.
    const folder = found?.folder ?? made;
    await writeFileAtomic(join(folder, 'lock.json'), JSON.stringify({ lock }));
    if (folder === made) await stages.keep('lock', inputs, made);
    return lock;
  });
}

/** Why dnf has to resolve, by what the cache has and whether that could be read. */
function whyNot(found: StageLookup | undefined, readable: boolean): string {
  if (found === undefined) return 'what the repositories hold cannot be told without dnf';
  if (found.folder === undefined) return found.reason;
  return readable ? 'it was asked for' : 'its result is damaged';
}

/**
 * The lock of a file, or of an image; dnf's settings without network.
 * @throws RackhandError lock-missing | lock-invalid | lock-stale | key-not-cached
 */
export async function readLock(file: string, { recipe, paths, say, explain }: Locking): Promise<Lock> {
  explain('the lock was given', true);
  warnUnchecked(recipe, say);
  const text = await readFile(file, 'utf8').catch((cause) => {
    const what = errno(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${errno(cause)})`;
    throw new RackhandError('lock-missing', `${file} ${what}`, 'rackhand lock RECIPE writes one', { cause });
  });
  const lock = parseLock(text, file, recipe);
  await prepareLocked(recipe, paths, lock.keys);
  return lock;
}

function warnUnchecked({ repositories }: Recipe, say: (message: string) => void): void {
  for (const { id } of repositories.filter((repository) => !isChecked(repository)))
    say(`WARNING: signatures of repository ${id} are NOT CHECKED ("${UNCHECKED}")`);
}

interface LockInputs extends StageInputs {
  /** Repository id → digest of its metadata. */
  metadata: Record<string, string | undefined>;
}

/** Everything that decides what dnf resolves to; undefined when a repository does not tell what it holds. */
async function lockInputs(
  { recipe, builder, signal }: Locking,
  keys: Record<string, string>,
): Promise<LockInputs | undefined> {
  const { packages, exclude, base, releasever, arch, repositories } = recipe;
  const digests = await Promise.all(repositories.map((one) => metadataDigest(one, signal)));
  if (digests.includes(undefined)) return undefined;
  const metadata = Object.fromEntries(repositories.map(({ id }, index) => [id, digests[index]]));
  const dnf = await dnfIdentity();
  return { packages, exclude, base, releasever, arch, repositories, metadata, keys, dnf, builder };
}

/**
 * What dnf saw has to be what the key says: a repository may have changed before dnf read it, and a cache on the way
 * may show two clients two states.
 */
async function sawTheSame({ recipe, paths }: Locking, { metadata }: LockInputs): Promise<boolean> {
  const seen = await Promise.all(recipe.repositories.map((one) => resolvedDigest(one, paths.cache)));
  return recipe.repositories.every(({ id }, index) => metadata[id] === seen[index]);
}

/** A result that was damaged on the disk is none. */
async function readKept(folder: string | undefined, recipe: Recipe): Promise<Lock | undefined> {
  if (folder === undefined) return undefined;
  const file = join(folder, 'lock.json');
  try {
    return parseLock(await readFile(file, 'utf8'), file, recipe);
  } catch {
    return undefined;
  }
}
