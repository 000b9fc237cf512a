import { type Command, Option } from 'commander';
import { cacheLeftovers } from '../cache/leftovers.ts';
import { changeCatalog } from '../catalog/change.ts';
import { catalogLeftovers } from '../catalog/leftovers.ts';
import { columns, count, size } from '../report/text.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import type { Leftover } from '../shared/leftover.ts';
import { age, CACHE, type CatalogFlags, print, printJson } from './options.ts';

interface GcFlags extends CatalogFlags {
  cache: string;
  idle: number;
  dryRun?: boolean;
}

const MONTH = 30 * 24 * 3_600_000;

/** `rackhand images gc` */
export function addGcCommand(command: (name: string, description: string) => Command): void {
  command('gc', 'remove what ended builds, imports and removals have left, and results that no build uses')
    .option('--cache <folder>', 'cache of builds', CACHE)
    .addOption(
      new Option('--idle <age>', 'results of stages go that no build has used for: 12h, 30d, 2w')
        .argParser(age)
        .default(MONTH, '30d'),
    )
    .option('--dry-run', 'tell what would be removed, and how much it takes')
    .option('--json', 'print JSON')
    .action(gcCommand);
}

async function gcCommand({ catalog, cache, idle, dryRun = false, json }: GcFlags): Promise<void> {
  const now = Date.now();
  const collect = async (look: () => Promise<Leftover[]>) => clear(await look(), dryRun);
  const removed = [
    ...(await changeCatalog(catalog, () => collect(() => catalogLeftovers(catalog, now)))),
    ...(await writable(cache, () => collect(() => cacheLeftovers(cache, now, idle)))),
  ];
  const rows = removed.map(({ path, bytes, why }) => ({ path, bytes, why }));
  if (json) printJson({ dryRun, removed: rows });
  else print(renderLeftovers(rows, dryRun));
}

/** @returns those that went, or would go */
async function clear(found: Leftover[], dryRun: boolean): Promise<Leftover[]> {
  const gone: Leftover[] = [];
  for (const one of found) if (dryRun || (await one.remove())) gone.push(one);
  return gone;
}

export function renderLeftovers(
  removed: readonly Pick<Leftover, 'path' | 'bytes' | 'why'>[],
  dryRun: boolean,
): string {
  const rows = removed.map(({ path, bytes, why }) => [size(bytes), path, why]);
  const total = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  const freed = `${count(removed.length, 'leftover')}, ${size(total)} ${dryRun ? 'would be freed' : 'freed'}`;
  return [...columns(rows, [0]), freed].join('\n');
}

async function writable<T>(cache: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = errno(cause);
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw cause;
    const mend = 'run it as who builds (sudo), or name another folder: --cache FOLDER';
    throw new RackhandError('folder-unusable', `cache ${cache} cannot be written (${code})`, mend, { cause });
  }
}
