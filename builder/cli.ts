import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { Listr, type ListrTaskWrapper } from 'listr2';
import { openCatalog } from './catalog/catalog.ts';
import type { Manifest } from './contract/manifest.ts';
import { loadRecipe } from './recipe/load.ts';
import { RackhandError } from './shared/errors.ts';
import type { Progress } from './stopwatch.ts';
import { build } from './worker/start.ts';

interface BuildFlags {
  catalog: string;
  cache: string;
  set: Record<string, string>;
  force?: boolean;
}

const CATALOG = 'images/catalog';
const CACHE = '.cache/builder';

/** `rackhand build` and `rackhand images …`. */
export function addBuilderCommands(program: Command): void {
  program
    .command('build')
    .description('make a hypervisor image from a recipe')
    .argument('<recipe>', 'file, or the name of one in images/recipes', recipeFile)
    .option('--catalog <folder>', 'where finished images go', CATALOG)
    .option('--cache <folder>', 'packages and stage roots, reused by later builds', CACHE)
    .option('--set <name=value>', "value of ${name} in the recipe's URLs", collect, {})
    .option('--force', 'build even if the catalog has an image of the same inputs')
    .action(buildCommand);
  program
    .command('recipe')
    .description('recipes')
    .command('check')
    .description('read a recipe and its strip rules; builds nothing and needs no network')
    .argument('<recipe>', 'file, or the name of one in images/recipes', recipeFile)
    .option('--set <name=value>', "value of ${name} in the recipe's URLs", collect, {})
    .action(async (file: string, { set }: { set: Record<string, string> }) => {
      const { recipe, rules, sha256 } = await loadRecipe(file, set);
      print(
        [
          `${recipe.name}: ${recipe.base}, ${recipe.packages.length} packages, libvirt ${recipe.libvirt}`,
          ...recipe.repositories.map(({ id, baseurl, metalink }) => `  ${id}  ${baseurl ?? metalink}`),
          `  ${rules.length} strip rules, sha256 ${sha256}`,
        ].join('\n'),
      );
    });
  const images = program.command('images').description('the catalog of images');
  const command = (name: string, description: string) =>
    images.command(name).description(description).option('--catalog <folder>', 'folder of images', CATALOG);
  command('list', 'every image, newest first').action(async ({ catalog }: { catalog: string }) => {
    print(table(await openCatalog(catalog).list()));
  });
  command('show <image>', 'manifest of an image (id, prefix of one, or recipe)').action(
    async (name: string, { catalog }: { catalog: string }) => {
      print(JSON.stringify(await openCatalog(catalog).resolve(name), null, 2));
    },
  );
  command('verify <image>', 'compare an image with its manifest').action(
    async (name: string, flags: { catalog: string }) => {
      const catalog = openCatalog(flags.catalog);
      const { id } = await catalog.resolve(name);
      const { ok, faults } = await catalog.verify(id);
      if (!ok)
        throw new RackhandError('image-damaged', `${id}: ${faults.join('; ')}`, 'remove it and build again');
      print(`${id}: every artifact is as its manifest says`);
    },
  );
  command('remove <image>', 'delete an image').action(async (name: string, flags: { catalog: string }) => {
    const catalog = openCatalog(flags.catalog);
    const { id } = await catalog.resolve(name);
    await catalog.remove(id);
    print(`${id}: removed`);
  });
}

async function buildCommand(recipe: string, flags: BuildFlags): Promise<void> {
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const make = (progress: Progress) =>
      build({
        ...{ recipe, catalog: flags.catalog, cache: flags.cache, variables: flags.set, progress },
        ...{ signal: abort.signal, force: flags.force ?? false },
      });
    const manifest = process.stdout.isTTY ? await onTerminal(recipe, make) : await make(plainProgress());
    print(report(manifest));
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** One spinner whose text is the stage and its last message. */
async function onTerminal(
  recipe: string,
  make: (progress: Progress) => Promise<Manifest>,
): Promise<Manifest> {
  let manifest: Manifest | undefined;
  const task = async (_: unknown, task: ListrTaskWrapper<unknown, never, never>) => {
    manifest = await make(({ stage, message, fraction }) => {
      const percent = fraction === undefined ? '' : ` ${Math.round(fraction * 100)}%`;
      task.title = `${recipe}: ${stage}${percent}`;
      task.output = message;
    });
  };
  const tasks = new Listr([{ title: recipe, task: task as never }], { registerSignalListeners: false });
  await tasks.run();
  return manifest!;
}

/** "12.3s stage: message"; within a stage at most one line a second. */
export function plainProgress(
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Progress {
  const started = performance.now();
  let last = { stage: '', at: 0 };
  return ({ stage, message }) => {
    const now = performance.now();
    if (stage === last.stage && now - last.at < 1000 && !message.startsWith('done in')) return;
    last = { stage, at: now };
    write(`${((now - started) / 1000).toFixed(1).padStart(7)}s ${stage}: ${message}\n`);
  };
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

function table(manifests: readonly Manifest[]): string {
  if (manifests.length === 0) return 'no images; rackhand build RECIPE makes one';
  return manifests
    .map(({ id, recipe, builtAt, kernelVersion, artifacts }) => {
      const rootfs = artifacts.find((artifact) => artifact.role === 'rootfs')?.size ?? 0;
      return `${id}  ${recipe.name.padEnd(12)} ${builtAt.slice(0, 16).replace('T', ' ')}  ${kernelVersion}  ${Math.round(rootfs / (1 << 20))} MiB`;
    })
    .join('\n');
}

/** A bare name is a recipe of this checkout. */
export function recipeFile(text: string): string {
  return /^[a-z0-9][a-z0-9-]*$/.test(text)
    ? join(import.meta.dirname, '../images/recipes', `${text}.yaml`)
    : text;
}

function collect(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected name=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
