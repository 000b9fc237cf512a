import { lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PackageRecord } from '../../contract/manifest.ts';
import type { Recipe } from '../../recipe/schema.ts';
import { RackhandError } from '../../shared/errors.ts';
import { emptyInside, removeInside } from '../../shared/inside.ts';
import { run } from '../../shared/process/run.ts';
import { hostSandbox } from '../../shared/process/sandbox.ts';
import { SPACE_FAULT } from '../../shared/space.ts';
import { type DnfPaths, rpmMacros } from '../arguments.ts';
import { inRoot } from '../dnf.ts';
import type { Lock } from '../lock.ts';
import { type LockedPackage, nevra } from '../parse.ts';
import { acceptRoot, refused } from './accept.ts';
import { copyArguments, LIVE, listArguments, packagesArguments, unpackArguments } from './arguments.ts';
import { unreadable } from './oci.ts';
import type { RootSource } from './source.ts';
import { MARKS, whiteouts } from './whiteouts.ts';

export interface ImportOptions {
  signal: AbortSignal;
  say: (message: string) => void;
}

/**
 * Takes a root over into `paths.root` and tells what is installed in it. Archives are unpacked in a sandbox in which
 * nothing but that folder can be written.
 * @throws RackhandError root-unreadable | root-refused
 */
export async function importRoot(
  source: RootSource,
  recipe: Recipe,
  paths: DnfPaths,
  options: ImportOptions,
): Promise<Lock> {
  await mkdir(paths.home, { recursive: true });
  if (source.kind === 'folder') await copyFolder(source, paths, options);
  for (const [index, archive] of source.archives.entries()) {
    options.say(
      source.kind === 'oci' ? `layer ${index + 1} of ${source.archives.length}` : `unpacking ${archive}`,
    );
    await unpack(archive, source, paths, options);
  }
  await clearLive(paths.root);
  const database = await acceptRoot(paths.root, source.path, recipe.base);
  const macros = join(paths.home, '.rpmmacros');
  await rm(macros, { force: true });
  await writeFile(macros, rpmMacros(recipe, database), { flag: 'wx' });
  const packages = parsePackages(await inRoot(packagesArguments(paths.root), paths, options.signal));
  if (packages.length === 0)
    throw refused(`${source.path}: rpm finds no package in the database ${database} of the root`);
  options.say(`${packages.length} packages`);
  const { kind, path, digest } = source;
  return { packages, keys: {}, source: { kind, path, digest } };
}

/** The lock's packages as the manifest lists them. */
export function packageRecords(lock: Lock): PackageRecord[] {
  return lock.packages.map(({ name, epoch, version, release, arch }) => ({
    ...{ name, epoch, version, release, arch },
  }));
}

async function copyFolder(source: RootSource, paths: DnfPaths, options: ImportOptions): Promise<void> {
  options.say(`copying ${source.path}`);
  const there = await Promise.all(
    LIVE.map((name) =>
      lstat(join(source.path, name)).then(
        (found) => found.isDirectory(),
        () => false,
      ),
    ),
  );
  const hidden = LIVE.filter((_, index) => there[index]).map((name) => join(source.path, name));
  await confined(copyArguments(source.path, paths.root), source, paths, options, hidden);
}

/** One archive over what is there; what a layer hides goes first, and its marks are no files. */
async function unpack(
  archive: string,
  source: RootSource,
  paths: DnfPaths,
  options: ImportOptions,
): Promise<void> {
  if (source.kind === 'oci') {
    const members = await confined(listArguments(archive), source, paths, options);
    const { removed, emptied } = whiteouts(members.split('\n'));
    for (const path of emptied) await emptyInside(paths.root, path);
    for (const path of removed) await removeInside(paths.root, path);
  }
  const marks = source.kind === 'oci' ? MARKS : [];
  await confined(unpackArguments(archive, paths.root, marks), source, paths, options);
}

/** What comes of a foreign archive may write the root, and a home and a /tmp that nobody else ever reads. */
async function confined(
  argv: string[],
  source: RootSource,
  paths: DnfPaths,
  options: ImportOptions,
  hidden: string[] = [],
): Promise<string> {
  const scratch = await mkdtemp(join(dirname(paths.home), 'unpack-'));
  const [home, temporary] = [join(scratch, 'home'), join(scratch, 'tmp')];
  try {
    for (const folder of [home, temporary]) await mkdir(folder);
    const places = { root: home, writable: [paths.root], readable: [source.path], hidden, home, temporary };
    const { signal } = options;
    const need = 'GNU tar and cp take roots over';
    return (await run(hostSandbox(argv, places), { signal, need })).stdout;
  } catch (cause) {
    throw takeOverFault(cause, source.path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function takeOverFault(cause: unknown, path: string): unknown {
  if (!(cause instanceof RackhandError) || cause.code !== 'command-failed') return cause;
  if (SPACE_FAULT.test(cause.message)) return cause;
  const told = cause.message.split('\n').filter((line) => /^(tar|cp|xz|gzip|zstd|unzstd): /.test(line));
  return unreadable(`${path} cannot be taken over: ${told.slice(-4).join('; ') || cause.message}`, cause);
}

/** What belonged to the machine that the root ran on. */
async function clearLive(root: string): Promise<void> {
  for (const name of LIVE) {
    await emptyInside(root, name);
    await rm(join(root, name), { force: true }).catch(() => undefined);
    await mkdir(join(root, name), { recursive: true });
  }
}

/** Rows of packagesArguments; keys that were imported show as gpg-pubkey and are no packages. */
export function parsePackages(output: string): LockedPackage[] {
  return output
    .split('\n')
    .filter((line) => line.includes('|') && !line.startsWith('gpg-pubkey|'))
    .map((line) => {
      const [name, epoch, version, release, arch, size, time, header] = line.split('|') as string[];
      return {
        ...{ name: name!, epoch: Number(epoch), version: version!, release: release!, arch: arch! },
        // Of the package's header: what was installed, although nobody has the package file.
        ...{ repository: 'root', checksum: `header:${header}`, size: 0, location: '' },
        ...{ installSize: Number(size), buildTime: Number(time) },
      };
    })
    .sort((a, b) => (nevra(a) < nevra(b) ? -1 : 1));
}
