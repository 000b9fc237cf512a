import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { StageRecord } from '../contract/provenance.ts';
import { defaultKey } from '../evidence/keys.ts';
import { signatureLine } from '../evidence/unsigned.ts';
import { loadRecipe } from '../recipe/load.ts';
import { type PlanReport, renderPlan } from '../report/plan.ts';
import { readSignatures } from '../report/read.ts';
import { size } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import { type BuildOptions, build, planBuild } from '../worker/start.ts';
import { openKey } from './keys.ts';
import { lockedFile } from './lock.ts';
import { CACHE, CATALOG, collect, print, printJson, recipeFile } from './options.ts';
import { withProgress } from './progress.ts';

interface BuildFlags {
  catalog: string;
  cache: string;
  set: Record<string, string>;
  force?: boolean;
  fleet?: string;
  locked?: string;
  fromRoot?: string;
  explainCache?: boolean;
  dryRun?: boolean;
  json?: boolean;
  key: string;
  sign: boolean;
}

/** `rackhand build` */
export function addBuildCommand(program: Command): void {
  program
    .command('build')
    .description('make a hypervisor image from a recipe')
    .argument('<recipe>', 'file, or the name of one in images/recipes', recipeFile)
    .option('--catalog <folder>', 'where finished images go', CATALOG)
    .option('--cache <folder>', 'packages and stage roots, reused by later builds', CACHE)
    .option('--set <name=value>', "value of ${name} in the recipe's URLs", collect, {})
    .option('--force', 'build even if the catalog has an image of the same inputs')
    .option('--fleet <file>', 'keep only the drivers that these machines need: an inventory of modaliases')
    .option('--locked <lock>', 'build exactly this lock file, or the lock of this image, without network')
    .option('--from-root <path>', 'strip a root that is there: folder, tar archive, or OCI image layout')
    .option('--key <file>', 'key that signs the image; made when it is not there', defaultKey())
    .option('--no-sign', 'leave the image unsigned')
    .option('--explain-cache', 'say of each stage why it runs, or need not')
    .option('--dry-run', 'stop after the plan and print what would be removed; makes no image')
    .option('--json', 'print the plan (or the manifest) as JSON, and events on standard error, one a line')
    .action(buildCommand);
}

async function buildCommand(recipe: string, flags: BuildFlags): Promise<void> {
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const { locked, fromRoot } = flags;
  if (locked !== undefined && fromRoot !== undefined)
    throw new RackhandError('usage', '--locked and --from-root name two roots', 'give one of them');
  const signed = flags.sign && !flags.dryRun;
  // A key is made for a recipe that can be built, and not for a slip of the pen.
  await loadRecipe(recipe, flags.set, { sources: fromRoot === undefined });
  if (signed) await openKey(flags.key, (line) => process.stderr.write(`${line}\n`));
  const request: Omit<BuildOptions, 'progress'> = {
    ...{ recipe, catalog: flags.catalog, cache: flags.cache, variables: flags.set, signal: abort.signal },
    explainCache: flags.explainCache ?? false,
    ...{ force: flags.force ?? false, ...(flags.fleet === undefined ? {} : { fleet: flags.fleet }) },
    ...(locked === undefined ? {} : { locked: await lockedFile(locked, flags.catalog) }),
    ...(fromRoot === undefined ? {} : { fromRoot }),
    ...(signed ? { key: flags.key } : {}),
  };
  const run = <T>(make: (options: BuildOptions) => Promise<T>) =>
    withProgress(recipe, (progress) => make({ ...request, progress }), flags.json);
  try {
    if (flags.dryRun) showPlan(await run(planBuild), flags);
    else await showImage(await run(build), flags);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** @throws RackhandError strip-breaks, after the plan was shown */
function showPlan(plan: PlanReport, { json }: BuildFlags): void {
  if (json) printJson(plan);
  else print(renderPlan(plan));
  if (plan.faults.length === 0) return;
  const what = `the image would not be whole: ${plan.faults.length} proofs failed`;
  throw new RackhandError('strip-breaks', what, 'change the rules as the plan says');
}

async function showImage(manifest: Manifest, { json, catalog }: BuildFlags): Promise<void> {
  if (json) return printJson(manifest);
  const opened = openCatalog(catalog);
  const times = await opened.times(manifest.id);
  const packages = await readSignatures(catalog, manifest);
  print(renderImage(manifest, times?.stages ?? [], await opened.isSigned(manifest.id)));
  if (packages) print(`  ${signatureLine(packages)}`);
}

/** The summary of a build, with what somebody should know before using the image. */
export function renderImage(manifest: Manifest, stages: readonly StageRecord[], signed: boolean): string {
  return [
    `image ${manifest.id} (${manifest.recipe.name}, kernel ${manifest.kernelVersion})`,
    ...stages.map(
      ({ stage, milliseconds, sizeBefore, sizeAfter }) =>
        `  ${stage.padEnd(10)} ${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${size(sizeBefore).padStart(11)} → ${size(sizeAfter).padStart(11)}`,
    ),
    ...Object.entries(manifest.signatures ?? {}).flatMap(([id, how]) =>
      how === 'checked'
        ? []
        : [`  WARNING: the packages of ${id} were installed with their signatures UNCHECKED`],
    ),
    ...(signed ? [] : ['  WARNING: the image is UNSIGNED: nobody can tell whether it was changed']),
    ...manifest.artifacts.map(({ role, size: bytes }) => `  ${role.padEnd(10)} ${size(bytes).padStart(11)}`),
  ].join('\n');
}
