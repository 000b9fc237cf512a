import { writeFile } from 'node:fs/promises';
import type { PackageRecord } from '../contract/manifest.ts';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import {
  checkSignaturesArguments,
  type DnfPaths,
  downloadArguments,
  importKeyArguments,
  installArguments,
  installFilesArguments,
  isChecked,
  localSources,
} from './arguments.ts';
import { dnf, inRoot, rpm } from './dnf.ts';
import type { Lock } from './lock.ts';
import { type LockedPackage, nevra } from './parse.ts';
import { keyFile } from './prepare.ts';

export interface InstallOptions {
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

/** Downloads with network, then runs the transaction without. Writes what rpm says is installed as JSON. */
export async function installRoot(
  recipe: Recipe,
  paths: DnfPaths,
  lock: Lock,
  options: InstallOptions,
  recordFile: string,
): Promise<void> {
  const sources = localSources(recipe);
  const nevras = lock.packages.map(nevra);
  await dnf(downloadArguments(recipe, paths, nevras), paths, { ...options, sources, network: true });
  await dnf(installArguments(recipe, paths, nevras), paths, { ...options, sources, network: false });
  await recordInstalled(paths, lock, options, recordFile);
}

/**
 * The same from package files, wholly without network: what a repository holds today does not matter.
 * @throws RackhandError signature-wrong | install-differs
 */
export async function installLocked(
  recipe: Recipe,
  paths: DnfPaths,
  lock: Lock,
  files: readonly string[],
  options: InstallOptions,
  recordFile: string,
): Promise<void> {
  const checked = recipe.repositories.filter(isChecked).map(({ id }) => id);
  for (const id of checked.filter((id) => lock.keys[id] !== undefined))
    await inRoot(importKeyArguments(paths.root, keyFile(paths, id)), paths, options.signal);
  const owed = files.filter((_, index) => checked.includes(lock.packages[index]!.repository));
  // dnf checks all files or none: where it checks none, those that a key stands for are checked here.
  if (owed.length < files.length && owed.length > 0) await checkSignatures(paths, owed, options.signal);
  const argv = installFilesArguments(recipe, paths, files, owed.length === files.length);
  const sources = localSources(recipe);
  await dnf(argv, paths, { ...options, sources, network: false });
  await recordInstalled(paths, lock, options, recordFile);
}

async function checkSignatures(
  paths: DnfPaths,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  try {
    await inRoot(checkSignaturesArguments(paths.root, files), paths, signal);
  } catch (cause) {
    if (!(cause instanceof RackhandError) || cause.code !== 'command-failed') throw cause;
    const bad = cause.message.split('\n').filter((line) => /NOT OK|MISSING|NOKEY/.test(line));
    throw new RackhandError(
      'signature-wrong',
      `signature check failed for:\n${bad.join('\n')}`,
      'the package was changed after signing, or the recipe names another gpgkey; nothing was installed',
      { cause },
    );
  }
}

async function recordInstalled(
  paths: DnfPaths,
  lock: Lock,
  options: InstallOptions,
  recordFile: string,
): Promise<void> {
  const installed = parseInstalled(await rpm('installed', paths, options.signal));
  assertLocked(installed, lock.packages);
  await writeFile(recordFile, JSON.stringify(installed));
}

/** Writes package|path of every packaged file: strip rules may name packages. */
export async function writeOwners(paths: DnfPaths, file: string, signal?: AbortSignal): Promise<void> {
  await writeFile(file, await rpm('owners', paths, signal));
}

/** Rows of installedArguments; the key that dnf imported shows as gpg-pubkey and is no package. */
export function parseInstalled(output: string): PackageRecord[] {
  return output
    .split('\n')
    .filter((line) => line.includes('|') && !line.startsWith('gpg-pubkey|'))
    .map((line) => {
      const [name, epoch, version, release, arch] = line.split('|') as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { name, epoch: Number(epoch), version, release, arch };
    })
    .sort((a, b) => (nevra(a) < nevra(b) ? -1 : 1));
}

function assertLocked(installed: PackageRecord[], locked: LockedPackage[]): void {
  const have = new Set(installed.map(nevra));
  const want = new Set(locked.map(nevra));
  const wrong = [...want].filter((name) => !have.has(name)).map((name) => `not installed: ${name}`);
  wrong.push(...[...have].filter((name) => !want.has(name)).map((name) => `not in the lock: ${name}`));
  if (wrong.length === 0) return;
  throw new RackhandError(
    'install-differs',
    `the root differs from the lock:\n${wrong.slice(0, 20).join('\n')}`,
    'a scriptlet of these packages failed; the output of the root stage says why',
  );
}
