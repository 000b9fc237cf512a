import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PackageRecord } from './contract/manifest.ts';
import type { DnfPaths } from './root/arguments.ts';
import { isOwnerAlive, ownerName } from './shared/owner.ts';
import { run } from './shared/process/run.ts';

/** Roots kept in the cache, newest first. */
const ROOTS_KEPT = 3;

/** One build's scratch folder inside the cache, and the cached roots. */
export interface Workplace {
  work: string;
  /** The image root that the stages work on. */
  root: string;
  /** package|path lines of its files. */
  owners: string;
  dnf(root: string): DnfPaths;
  hasRoot(key: string): Promise<boolean>;
  /** Copies a cached root to `root`; false when there is none. */
  takeRoot(key: string, signal?: AbortSignal): Promise<boolean>;
  /** Puts a copy of `root` and `owners` into the cache. */
  keepRoot(key: string, packages: PackageRecord[], signal?: AbortSignal): Promise<void>;
  packages(): Promise<PackageRecord[]>;
  /** Removes the scratch folder. */
  close(): Promise<void>;
}

/**
 * cache/dnf        metadata and packages
 * cache/roots/KEY  root/, owners.txt, packages.json
 * cache/work-…     one running build; those of dead processes are removed
 */
export async function openWorkplace(folder: string): Promise<Workplace> {
  const cache = resolve(folder);
  const roots = join(cache, 'roots');
  await mkdir(roots, { recursive: true });
  await sweep(cache);
  const work = await mkdtemp(join(cache, `work-${await ownerName()}-`));
  const root = join(work, 'root');
  const owners = join(work, 'owners.txt');
  const home = join(work, 'home');
  const temporary = join(work, 'tmp');
  await mkdir(home);
  await mkdir(temporary);
  const copy = async (from: string, to: string, signal?: AbortSignal) => {
    await run(['cp', '-a', '--reflink=auto', from, to], { ...(signal ? { signal } : {}) });
  };
  const hasRoot = async (key: string) => (await readdir(roots)).includes(key);
  return {
    work,
    root,
    owners,
    dnf: (at) => ({ home, temporary, cache: join(cache, 'dnf'), root: at }),
    hasRoot,
    async takeRoot(key, signal) {
      if (!(await hasRoot(key))) return false;
      const from = join(roots, key);
      await utimes(from, Date.now() / 1000, Date.now() / 1000);
      for (const name of await readdir(from)) await copy(join(from, name), join(work, name), signal);
      return true;
    },
    async keepRoot(key, packages, signal) {
      await writeFile(join(work, 'packages.json'), JSON.stringify(packages));
      const making = join(work, 'cached');
      await mkdir(making);
      for (const name of ['root', 'owners.txt', 'packages.json'])
        await copy(join(work, name), join(making, name), signal);
      await rename(making, join(roots, key));
      await prune(roots);
    },
    async packages() {
      return JSON.parse(await readFile(join(work, 'packages.json'), 'utf8')) as PackageRecord[];
    },
    close: () => rm(work, { recursive: true, force: true }),
  };
}

async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const owner = /^work-(\d+-\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !(await isOwnerAlive(owner)))
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

async function prune(roots: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(roots)).map(async (name) => ({ name, time: (await stat(join(roots, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((a, b) => b.time - a.time).slice(ROOTS_KEPT)) {
    await rm(join(roots, name), { recursive: true, force: true });
  }
}
