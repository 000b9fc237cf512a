import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { underLock } from './cache/locks.ts';
import type { StageInputs, Stages } from './cache/stages.ts';
import type { Workplace } from './cache/workplace.ts';
import { recordPackages } from './evidence/record.ts';
import { type Inputs, lockEpoch, spaceNeeds } from './inputs.ts';
import { type Locking, readLock, resolveLock } from './locking.ts';
import type { LoadedRecipe } from './recipe/load.ts';
import type { DnfPaths } from './root/arguments.ts';
import { findPackageFiles } from './root/files.ts';
import { importRoot, packageRecords } from './root/import/import.ts';
import { identifyRoot } from './root/import/source.ts';
import { installLocked, installRoot, writeOwners } from './root/install.ts';
import type { Lock } from './root/lock.ts';
import { RackhandError } from './shared/errors.ts';
import { identity } from './shared/ids.ts';
import { assertSpace } from './shared/space.ts';
import type { Sources } from './sources.ts';
import type { Say, Stopwatch } from './stopwatch.ts';
import { listRoot, sizeOf } from './strip/listing.ts';
import type { BuildRequest } from './worker/protocol.ts';

/** What the stages lock and root work with. */
export interface Provision {
  request: BuildRequest;
  signal: AbortSignal;
  loaded: LoadedRecipe;
  builder: Sources;
  stages: Stages;
  place: Workplace;
  watch: Stopwatch;
  /** Why a stage runs, or takes its result from the cache. */
  explain: (stage: string, reason: string, reused: boolean) => void;
}

/** What will be in the root; a root that was there already comes with its folder. */
export interface Provided {
  lock: Lock;
  folder?: string;
}

/** Resolves the packages, reads a lock, or takes a root over, as the build was asked. */
export async function provide(work: Provision): Promise<Provided> {
  const { locked, fromRoot, force } = work.request;
  if (fromRoot !== undefined) return takeOver(work, fromRoot);
  const title = locked === undefined ? 'resolving packages' : 'reading the lock';
  const lock = await work.watch.stage('lock', title, async (say) => {
    const locking: Locking = {
      ...{ recipe: work.loaded.recipe, cache: work.request.cache, stages: work.stages, place: work.place },
      paths: await dnfPaths(work, await work.place.make('solve')),
      ...{ builder: work.builder.root, force: force ?? false, say, signal: work.signal },
      explain: (reason, reused) => work.explain('lock', reason, reused),
    };
    const found = await (locked === undefined ? resolveLock(locking) : readLock(locked, locking));
    say(`${found.packages.length} packages`);
    return found;
  });
  return { lock };
}

/** What decides the content of the root. */
export function rootInputs({ packages, keys, source }: Lock, builder: Sources): StageInputs {
  const from = source === undefined ? { keys } : { source: source.digest };
  return { packages, ...from, builder: builder.root };
}

/** The root as packages make it, in `tree` of a folder: from the cache when the lock has not changed. */
export async function installed(work: Provision, inputs: Inputs): Promise<string> {
  const { stages, signal } = work;
  const { cache, catalog } = work.request;
  return work.watch.stage('root', 'downloading and installing packages', async (say, size) => {
    const lock = `root-${identity(inputs.root).slice(0, 16)}`;
    const folder = await underLock(cache, lock, say, signal, async () => {
      const found = await stages.find('root', inputs.root);
      work.explain('root', found.reason, found.folder !== undefined);
      await assertSpace(spaceNeeds(inputs.lock, { cache, catalog }, found.folder !== undefined));
      return found.folder ?? (await install(work, inputs, say));
    });
    size(0, sizeOf(listRoot(join(folder, 'tree'))));
    return folder;
  });
}

async function install(work: Provision, inputs: Inputs, say: Say): Promise<string> {
  const { signal, stages, place } = work;
  const { recipe } = work.loaded;
  const { lock } = inputs;
  const made = await place.make('installed');
  const paths = await dnfPaths(work, await place.make('installed/tree'));
  const record = join(made, 'packages.json');
  const onLine = (line: string) => {
    if (/^\s+(Installing|Running scriptlet)\s*:|^\(\d+\/\d+\)|scriptlet failed|^Error in /.test(line))
      say(line.replace(/\s+/g, ' ').trim(), /scriptlet failed|^Error/.test(line) ? undefined : 'passing');
  };
  return underLock(work.request.cache, 'dnf', say, signal, async () => {
    const files = await packagesAtHand(work, lock, paths);
    if (files) await installLocked(recipe, paths, lock, files, { signal, onLine }, record);
    else await installRoot(recipe, paths, lock, { signal, onLine }, record);
    await writeOwners(paths, join(made, 'owners.txt'), signal);
    await recordEvidence(work, paths, lock, made);
    return stages.keep('root', inputs.root, made);
  });
}

/** Files of all packages, as they were locked: dnf is not asked for them again. Undefined where some have to be fetched. */
async function packagesAtHand(
  { request, loaded }: Provision,
  { packages }: Lock,
  { cache }: DnfPaths,
): Promise<string[] | undefined> {
  try {
    return await findPackageFiles(packages, loaded.recipe, cache);
  } catch (error) {
    const isMissing = error instanceof RackhandError && error.code === 'package-not-cached';
    if (isMissing && request.locked === undefined) return undefined;
    throw error;
  }
}

/** What evidence of an image tells of its packages. */
async function recordEvidence(
  { loaded, place, signal, request }: Provision,
  paths: DnfPaths,
  lock: Lock,
  made: string,
): Promise<void> {
  const packageFiles = async (names: readonly string[]) => {
    const packages = lock.packages.filter(({ name }) => names.includes(name));
    return findPackageFiles(packages, loaded.recipe, paths.cache).catch((error) => {
      // Not where it was taken from a moment ago: the index says whose text is not known, and the image is none the worse.
      if (error instanceof RackhandError && error.code === 'package-not-cached') return [];
      throw error;
    });
  };
  await recordPackages(paths, made, {
    ...{ scratch: await place.make('licences'), epoch: lockEpoch(lock), signal },
    ...(request.fromRoot === undefined ? { packageFiles } : {}),
  });
}

/** A root that is there already, by the digest of where it comes from. */
async function takeOver(work: Provision, path: string): Promise<Provided> {
  const { stages, place, signal, loaded } = work;
  const { cache } = work.request;
  return work.watch.stage('import', `taking ${path} over`, async (say, size) => {
    const source = await identifyRoot(path);
    const { kind, digest } = source;
    const inputs = { kind, digest, base: loaded.recipe.base, builder: work.builder.root };
    const folder = await underLock(
      cache,
      `import-${identity(inputs).slice(0, 16)}`,
      say,
      signal,
      async () => {
        const found = await stages.find('import', inputs);
        work.explain('import', found.reason, found.folder !== undefined);
        if (found.folder) return found.folder;
        const made = await place.make('imported');
        const paths = await dnfPaths(work, await place.make('imported/tree'));
        const lock = await importRoot(source, loaded.recipe, paths, { signal, say });
        await writeFile(join(made, 'lock.json'), JSON.stringify(lock));
        await writeFile(join(made, 'packages.json'), JSON.stringify(packageRecords(lock)));
        await writeOwners(paths, join(made, 'owners.txt'), signal);
        await recordEvidence(work, paths, lock, made);
        return stages.keep('import', inputs, made);
      },
    );
    size(0, sizeOf(listRoot(join(folder, 'tree'))));
    const lock = JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')) as Lock;
    return { lock, folder };
  });
}

async function dnfPaths({ place, request }: Provision, root: string): Promise<DnfPaths> {
  const [home, temporary] = [await place.make('home'), await place.make('tmp')];
  return { home, temporary, cache: join(request.cache, 'dnf'), root };
}
