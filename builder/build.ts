import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from './catalog/catalog.ts';
import { buildFile } from './catalog/id.ts';
import { type StagedImage, stageImage } from './catalog/stage.ts';
import { configureRoot } from './configure/configure.ts';
import { type Overlay, readOverlay } from './configure/overlay.ts';
import type { Manifest, PackageRecord } from './contract/manifest.ts';
import { makeSquashfs } from './image/image.ts';
import { makeInitramfs } from './initramfs/initramfs.ts';
import { type Inputs, makeManifest, sourceIdentity, spaceNeeds } from './inputs.ts';
import { findSignedLoaders, keepSignedLoaders } from './media/loaders.ts';
import { makeIso } from './media/media.ts';
import { type LoadedRecipe, loadRecipe } from './recipe/load.ts';
import { nearest } from './recipe/nearest.ts';
import { installRoot, writeOwners } from './root/install.ts';
import { type Lock, lockPackages } from './root/lock.ts';
import { prepareDnf } from './root/prepare.ts';
import { errno, RackhandError } from './shared/errors.ts';
import { identity } from './shared/ids.ts';
import { takeLock } from './shared/owner.ts';
import { assertSpace, noSpace, SPACE_FAULT } from './shared/space.ts';
import { type Progress, type Stopwatch, startStopwatch } from './stopwatch.ts';
import { listRoot, sizeOf } from './strip/listing.ts';
import { summarise } from './strip/plan.ts';
import { finishStrip, stripRoot } from './strip/strip.ts';
import { checkTools } from './tools.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

export interface BuildOptions {
  /** Path of the recipe. */
  recipe: string;
  /** Folder of finished images. */
  catalog: string;
  /** Folder for packages, metadata and stage roots. */
  cache: string;
  /** Values of `${name}` in repository URLs. */
  variables?: Record<string, string>;
  /** In-image agent; the one beside this file when absent. */
  overlay?: string;
  /** Build even if the catalog has an image of the same inputs. */
  force?: boolean;
  signal?: AbortSignal;
  progress: Progress;
}

/**
 * Recipe → image in the catalog. Whatever ends it, nothing is left but the cache and, if it was finished,
 * the image.
 * @throws RackhandError with the stage's code; no-space and cancelled from any stage
 */
export async function build(options: BuildOptions): Promise<Manifest> {
  try {
    options.signal?.throwIfAborted();
    const loaded = await loadRecipe(options.recipe, options.variables);
    await checkTools();
    await mkdir(options.cache, { recursive: true });
    await mkdir(options.catalog, { recursive: true });
    const release = await takeLock(
      join(options.cache, 'lock'),
      'cache-busy',
      `another build uses the cache ${options.cache}`,
    );
    try {
      return await buildLocked(options, loaded);
    } finally {
      await release();
    }
  } catch (error) {
    throw explained(error, options);
  }
}

async function buildLocked(options: BuildOptions, loaded: LoadedRecipe): Promise<Manifest> {
  const { signal, progress } = options;
  const overlay = await readOverlay(options.overlay ?? join(import.meta.dirname, 'overlay'));
  const place = await openWorkplace(options.cache);
  const watch = startStopwatch(progress);
  let staged: StagedImage | undefined;
  try {
    const lock = await lockStage(loaded, place, watch, signal);
    const inputs = await gatherInputs(loaded, lock, overlay);
    const known = options.force ? undefined : await openCatalog(options.catalog).findBuild(inputs.key);
    if (known) {
      progress({ stage: 'catalog', message: `image ${known.id} has these inputs already`, fraction: 1 });
      return known;
    }
    await assertSpace(spaceNeeds(lock, options, await place.hasRoot(inputs.rootKey)));
    const packages = await rootStage(inputs, place, watch, signal);
    staged = await stageImage(options.catalog);
    const made = await imageStages(inputs, overlay, place, staged.folder, watch, signal);
    const manifest = await makeManifest(staged.folder, inputs, packages, watch.records, made);
    const record = JSON.stringify({ key: inputs.key, lock }, null, 1);
    const strip = JSON.stringify(made.report, null, 1);
    signal?.throwIfAborted();
    await staged.publish(manifest, { [buildFile(inputs.key)]: `${record}\n`, 'strip.json': `${strip}\n` });
    progress({ stage: 'catalog', message: `image ${manifest.id}`, fraction: 1 });
    return await openCatalog(options.catalog).read(manifest.id);
  } finally {
    await staged?.discard();
    await place.close();
  }
}

async function lockStage(
  { recipe }: LoadedRecipe,
  place: Workplace,
  watch: Stopwatch,
  signal?: AbortSignal,
): Promise<Lock> {
  return watch.stage('lock', 'resolving packages', async (say) => {
    const paths = place.dnf(join(place.work, 'solve'));
    const keys = await prepareDnf(recipe, paths, signal);
    const lock = await lockPackages(recipe, paths, keys, { signal, nearest });
    say(`${lock.packages.length} packages`);
    return lock;
  });
}

async function gatherInputs(loaded: LoadedRecipe, lock: Lock, overlay: Overlay): Promise<Inputs> {
  const builder = await sourceIdentity();
  const rootKey = identity({ lock, builder: builder.root });
  const key = identity({ rootKey, recipe: loaded.sha256, overlay: overlay.identity, builder: builder.all });
  return { loaded, lock, rootKey, key, version: builder.version };
}

/** The root as packages make it, from the cache when the lock has not changed. */
async function rootStage(
  { loaded, lock, rootKey }: Inputs,
  place: Workplace,
  watch: Stopwatch,
  signal?: AbortSignal,
): Promise<PackageRecord[]> {
  return watch.stage('root', 'downloading and installing packages', async (say, size) => {
    const cached = await place.takeRoot(rootKey, signal);
    if (cached) {
      say('reused from the cache');
    } else {
      const onLine = (line: string) => {
        if (/^\s+(Installing|Running scriptlet)\s*:|^\(\d+\/\d+\)|scriptlet failed|^Error in /.test(line))
          say(line.replace(/\s+/g, ' ').trim());
      };
      // Repo file and keys are those that the lock was made with.
      const paths = place.dnf(place.root);
      await mkdir(place.root);
      const packages = await installRoot(loaded.recipe, paths, lock, { signal, onLine });
      await writeOwners(paths, place.owners, signal);
      await place.keepRoot(rootKey, packages, signal);
    }
    size(0, sizeOf(listRoot(place.root)));
    return await place.packages();
  });
}

/** What imageStages gives the manifest. */
export interface Made {
  kernel: string;
  strip: Manifest['strip'];
  label: string;
  kernelArguments: string[];
  report: unknown;
}

/** configure → strip → initramfs → image → media; artifacts land in `output`. */
async function imageStages(
  { loaded: { recipe, rules }, lock, key }: Inputs,
  overlay: Overlay,
  place: Workplace,
  output: string,
  watch: Stopwatch,
  signal?: AbortSignal,
): Promise<Made> {
  const { root } = place;
  const epoch = lockEpoch(lock);
  const kernelArguments = [...LIVE_ARGUMENTS, ...recipe.kernelArguments];
  const label = `RACKHAND-${key.slice(0, 8).toUpperCase()}`;
  const sizeNow = () => sizeOf(listRoot(root));
  const found = await findSignedLoaders(root);
  const signed = found ? await keepSignedLoaders(found, place.work) : undefined;

  await watch.stage('configure', 'making the root a hypervisor', async (say, size) => {
    const before = sizeNow();
    await configureRoot({ root, recipe, overlay, buildKey: key, say, signal });
    size(before, sizeNow());
  });
  const { plan, kernel } = await watch.stage(
    'strip',
    'removing what a hypervisor does not need',
    async (say, size) => {
      const before = sizeNow();
      const done = await stripRoot({ root, rules, owners: place.owners, signal });
      say(`${done.plan.modules.kept.length} modules kept, ${done.plan.modules.removed.length} removed`);
      if (done.plan.idle.length > 0) say(`rules that matched nothing: ${done.plan.idle.join(', ')}`);
      size(before, sizeNow());
      return done;
    },
  );
  await watch.stage('initramfs', 'dracut in the root', async (_, size) => {
    const before = sizeNow();
    await makeInitramfs({ root, recipe, kernel, output, scratch: join(place.work, 'dracut'), epoch, signal });
    finishStrip(root, plan);
    size(before, (await stat(join(output, 'initramfs.img'))).size);
  });
  await watch.stage('image', 'packing the root', async (_, size) => {
    const before = sizeNow();
    await makeSquashfs({ root, recipe, output, epoch, signal });
    size(before, (await stat(join(output, 'rootfs.squashfs'))).size);
  });
  await watch.stage('media', signed ? 'ISO with the signed boot chain' : 'ISO', async (_, size) => {
    const before = (await stat(join(output, 'rootfs.squashfs'))).size;
    const title = `Rackhand ${recipe.name}`;
    // Links to the artifacts: the scratch folder has to be on the catalog's file system.
    const work = join(output, '.media');
    await makeIso({ output, work, title, label, kernelArguments, signed, epoch, signal });
    size(before, (await stat(join(output, 'image.iso'))).size);
  });
  const rows = summarise(plan.removals);
  const total = (field: 'files' | 'bytes') => rows.reduce((sum, row) => sum + row[field], 0);
  const strip = {
    ...{ filesRemoved: total('files'), bytesRemoved: total('bytes'), rules: rows },
    ...{ modulesKept: plan.modules.kept.length, modulesRemoved: plan.modules.removed.length },
    firmwareAbsent: plan.firmwareAbsent,
  };
  const report = { idle: plan.idle, modulesAbsent: plan.modules.absent, removals: plan.removals };
  return { kernel, strip, label, kernelArguments, report };
}

/** Arguments of every live boot; the recipe's come after. */
const LIVE_ARGUMENTS = ['rd.live.image', 'rd.live.overlay.overlayfs=1'];

/** Seconds: one day for all files of a build, from the lock alone. */
function lockEpoch(lock: Lock): number {
  return Math.max(0, ...lock.packages.map((p) => p.buildTime));
}

function explained(error: unknown, options: BuildOptions): unknown {
  if (options.signal?.aborted) {
    return new RackhandError(
      'cancelled',
      'the build was cancelled',
      'run the command again; the cache is kept',
      {
        cause: error,
      },
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  const full =
    errno(error) === 'ENOSPC' ||
    (error instanceof RackhandError && error.code === 'command-failed' && SPACE_FAULT.test(text));
  if (!full) return error;
  const line = text.split('\n').find((l) => SPACE_FAULT.test(l)) ?? text;
  return noSpace(`${options.cache} or ${options.catalog}`, line.trim(), error);
}
