import type { Command } from 'commander';
import { type Pruned, pruneCatalog } from '../catalog/prune.ts';
import { columns, count, size } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import { imageBytes, warn } from './images-list.ts';
import { age, atLeastOne, type CatalogFlags, print, printJson } from './options.ts';

interface PruneFlags extends CatalogFlags {
  keep?: number;
  olderThan?: number;
  dryRun?: boolean;
}

/** `rackhand images prune` */
export function addPruneCommand(command: (name: string, description: string) => Command): void {
  command('prune', 'remove old images that have no tag and that no host uses')
    .option(
      '--keep <number>',
      'newest builds of each recipe that stay (1 when only --older-than)',
      atLeastOne,
    )
    .option('--older-than <age>', 'remove only what was built longer ago: 12h, 30d, 2w', age)
    .option('--dry-run', 'tell what would be removed, and why the rest stays')
    .option('--json', 'print JSON')
    .action(pruneCommand);
}

async function pruneCommand({ catalog, keep, olderThan, dryRun = false, json }: PruneFlags): Promise<void> {
  if (keep === undefined && olderThan === undefined) {
    const mend = 'rackhand images prune --keep 3, or --older-than 30d, or both';
    throw new RackhandError('usage', 'say which images are old: by number, by age, or both', mend);
  }
  const before = olderThan === undefined ? undefined : Date.now() - olderThan;
  const pruned = await pruneCatalog(catalog, { keep: keep ?? 1, before, dryRun });
  if (json) printJson(told(pruned, dryRun));
  else print(renderPruned(pruned, dryRun));
  for (const { message, mend } of pruned.unreadable) warn(`left alone: ${message}`, mend);
  if (pruned.servers === 0)
    process.stderr.write(
      'note: no server has told which images its hosts use (docs/builder.md, the catalog)\n',
    );
}

export function renderPruned({ removed, kept }: Pruned, dryRun: boolean): string {
  const row = ({ manifest, times }: Pruned['removed'][number]) => [
    ...[manifest.id, manifest.recipe.name, times?.builtAt.slice(0, 16).replace('T', ' ') ?? 'unknown'],
    size(imageBytes(manifest)),
  ];
  const rows = [
    ...removed.map((image) => [...row(image), dryRun ? 'would be removed' : 'removed']),
    ...kept.map(({ image, because }) => [...row(image), `stays: ${because.join('; ')}`]),
  ];
  const bytes = removed.reduce((sum, { manifest }) => sum + imageBytes(manifest), 0);
  const freed = `${count(removed.length, 'image')}, ${size(bytes)} ${dryRun ? 'would be freed' : 'freed'}`;
  return [...columns(rows, [3]), freed].join('\n');
}

function told({ removed, kept }: Pruned, dryRun: boolean) {
  const named = ({ manifest, times }: Pruned['removed'][number]) => ({
    ...{ id: manifest.id, recipe: manifest.recipe.name, builtAt: times?.builtAt ?? null },
    bytes: imageBytes(manifest),
  });
  return {
    ...{ dryRun, removed: removed.map(named) },
    kept: kept.map(({ image, because }) => ({ ...named(image), because })),
  };
}
