import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { isBuildFile, PROVENANCE } from '../catalog/id.ts';
import { openEnvelope } from '../contract/provenance.ts';
import { compareLocks, type LockChanges, LockFile } from '../root/lock-file.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { parseJson } from '../shared/json.ts';
import { writeOutput } from '../shared/output.ts';
import { lockBuild } from '../worker/start.ts';
import { CACHE, collect, print, recipeFile } from './options.ts';
import { withProgress } from './progress.ts';

interface LockFlags {
  cache: string;
  set: Record<string, string>;
  output?: string;
  update?: boolean;
  yes?: boolean;
}

/** `rackhand lock` */
export function addLockCommand(program: Command): void {
  program
    .command('lock')
    .description('write which packages a recipe comes to now, for builds that give the same again')
    .argument('<recipe>', 'file, or the name of one in images/recipes', recipeFile)
    .option('--output <file>', 'where to write it (default: RECIPE.lock.json beside the recipe)')
    .option('--update', 'replace a lock that is there, after showing what changes')
    .option('--yes', 'do not ask')
    .option('--cache <folder>', 'packages and metadata', CACHE)
    .option('--set <name=value>', "value of ${name} in the recipe's URLs", collect, {})
    .action(lockCommand);
}

async function lockCommand(recipe: string, flags: LockFlags): Promise<void> {
  const file = flags.output ?? `${recipe.replace(/\.ya?ml$/, '')}.lock.json`;
  const before = await readLock(file);
  if (before !== undefined && !flags.update) {
    throw new RackhandError(
      'lock-exists',
      `${file} is there already`,
      'rackhand lock RECIPE --update renews it',
    );
  }
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const lock = await withProgress(recipe, (progress) =>
      lockBuild({
        ...{ recipe, cache: flags.cache, catalog: flags.cache, variables: flags.set, progress },
        signal: abort.signal,
      }),
    );
    if (before === undefined || (await mayReplace(file, before, lock, flags))) {
      await writeOutput(file, `${JSON.stringify(lock, null, 1)}\n`);
      print(`${file}: ${lock.packages.length} packages`);
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** Text of a lock file; undefined when there is none. @throws RackhandError lock-unreadable */
export async function readLock(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause) => {
    if (errno(cause) === 'ENOENT') return undefined;
    const what = `${file} cannot be read (${errno(cause)})`;
    throw new RackhandError(
      'lock-unreadable',
      what,
      'give this account access, or name another with --output',
      {
        cause,
      },
    );
  });
}

/** Shows what a new lock changes, and asks when something does. */
async function mayReplace(
  file: string,
  before: string,
  lock: LockFile,
  flags: Pick<LockFlags, 'yes'>,
): Promise<boolean> {
  const old = LockFile.safeParse(parseJson(before));
  if (!old.success)
    throw new RackhandError(
      'lock-invalid',
      `${file} is no lock file`,
      'remove it, or name another with --output',
    );
  const changes = renderChanges(compareLocks(old.data.packages, lock.packages));
  print(changes.length > 0 ? changes.join('\n') : 'no package changes');
  if (JSON.stringify(old.data) === JSON.stringify(lock)) return false;
  if (flags.yes) return true;
  if (!process.stdin.isTTY)
    throw new RackhandError('lock-unconfirmed', `${file} was not changed`, 'say --yes to take these changes');
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asked.question(`write ${file}? [y/N] `)).trim());
  } finally {
    asked.close();
  }
}

/** One line for each package that a new lock adds, removes, changes, or has with other content. */
export function renderChanges({ added, removed, changed, rebuilt }: LockChanges): string[] {
  return [
    ...added.map((name) => `+ ${name}`),
    ...removed.map((name) => `- ${name}`),
    ...changed.map((name) => `~ ${name}`),
    ...rebuilt.map((name) => `! ${name} has other content under the same version`),
  ];
}

/**
 * The file behind `--locked`: a lock file, or the lock that the provenance of an image names. Beside an image may lie locks
 * of other recipes that gave the same bytes.
 * @throws RackhandError image-unknown when it is neither; lock-missing | lock-differs
 */
export async function lockedFile(text: string, catalog: string): Promise<string> {
  const isFile = await stat(text).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile || /[/.]/.test(text)) return text;
  const { id } = await openCatalog(catalog).resolve(text);
  const told = await readFile(join(catalog, id, PROVENANCE), 'utf8').catch(() => '');
  const record = recordIn(told);
  const bytes = record && (await readFile(join(catalog, id, record.name)).catch(() => undefined));
  if (!record || !bytes) {
    const what = record
      ? `${record.name} of image ${id} is missing`
      : `image ${id} has no record of its packages`;
    throw new RackhandError('lock-missing', what, 'name a lock file');
  }
  if (sha256(bytes) !== record.sha256) {
    const what = `${record.name} of image ${id} is not the lock that it was built from`;
    const mend = `rackhand images verify ${id} tells more; name a lock file that you trust`;
    throw new RackhandError('lock-differs', what, mend);
  }
  return join(catalog, id, record.name);
}

/** The lock that a provenance names, and its digest. */
function recordIn(provenance: string): { name: string; sha256: string } | undefined {
  const byproducts = openEnvelope(provenance)?.provenance.predicate.runDetails.byproducts ?? [];
  for (const { name, digest } of byproducts)
    if (name !== undefined && isBuildFile(name) && digest?.sha256 !== undefined)
      return { name, sha256: digest.sha256 };
  return undefined;
}
