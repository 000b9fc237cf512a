import type { Command } from 'commander';
import type { Manifest } from '../contract/manifest.ts';
import { build } from '../worker/start.ts';
import { CACHE, CATALOG, collect, print, recipeFile } from './options.ts';
import { withProgress } from './progress.ts';

interface BuildFlags {
  catalog: string;
  cache: string;
  set: Record<string, string>;
  force?: boolean;
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
    .action(buildCommand);
}

async function buildCommand(recipe: string, flags: BuildFlags): Promise<void> {
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const manifest = await withProgress(recipe, (progress) =>
      build({
        ...{ recipe, catalog: flags.catalog, cache: flags.cache, variables: flags.set, progress },
        ...{ signal: abort.signal, force: flags.force ?? false },
      }),
    );
    print(report(manifest));
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function report(manifest: Manifest): string {
  const mib = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  return [
    `image ${manifest.id} (${manifest.recipe.name}, kernel ${manifest.kernelVersion})`,
    ...manifest.stages.map(
      ({ stage, milliseconds, sizeBefore, sizeAfter }) =>
        `  ${stage.padEnd(10)} ${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${mib(sizeBefore).padStart(11)} → ${mib(sizeAfter).padStart(11)}`,
    ),
    ...manifest.artifacts.map(({ role, size }) => `  ${role.padEnd(10)} ${mib(size).padStart(11)}`),
  ].join('\n');
}
