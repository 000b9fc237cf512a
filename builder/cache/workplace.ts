import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { isOwnerAlive, ownerName } from '../shared/owner.ts';
import { run } from '../shared/process/run.ts';

/** One build's scratch folder inside the cache. */
export interface Workplace {
  folder: string;
  /** A fresh folder below it. */
  make(name: string): Promise<string>;
  /** Shows a cached root as `root`: what is written there stays in this build. */
  mountRoot(tree: string, signal?: AbortSignal): Promise<string>;
  /** Paths of the files that were written, replaced or removed in the root since. */
  changes(): Promise<string[]>;
  close(): Promise<void>;
}

/** Also removes the folders of builds that were killed. */
export async function openWorkplace(cache: string): Promise<Workplace> {
  await sweep(cache);
  const folder = await mkdtemp(join(cache, `work-${await ownerName()}-`));
  const make = async (name: string) => {
    await mkdir(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  let mounted: string | undefined;
  let copied = new Map<string, string>();
  return {
    folder,
    make,
    async mountRoot(tree, signal) {
      const root = await make('root');
      const [upper, work] = [await make('upper'), await make('overlay')];
      const abort = signal ? { signal } : {};
      if (await mountOverlay(tree, upper, work, root)) mounted = root;
      else {
        await run(['cp', '-a', '--reflink=auto', '--', `${tree}/.`, root], abort);
        copied = await listing(root);
      }
      return root;
    },
    async changes() {
      if (mounted !== undefined) return filesBelow(join(folder, 'upper'));
      return difference(copied, await listing(join(folder, 'root')));
    },
    async close() {
      // The mount namespace is the build's own: this is for the removal below, not for the host. Lazily, since a
      // program that is slow to end may have a file open.
      if (mounted !== undefined) await run(['umount', '--lazy', mounted]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * An overlay over the cached root: nothing is copied, and nothing that runs in the root can change the cache.
 * metacopy: labels and modes change without copying the file. False where the file system or the kernel cannot.
 */
async function mountOverlay(lower: string, upper: string, work: string, root: string): Promise<boolean> {
  const folders = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  if ([lower, upper, work].some((path) => /[,:\\]/.test(path))) return false;
  for (const options of [`${folders},metacopy=on`, `${folders},userxattr`, folders]) {
    try {
      await run(['mount', '-t', 'overlay', 'rackhand-root', '-o', options, root]);
      return true;
    } catch (error) {
      if (!(error instanceof RackhandError)) throw error;
    }
  }
  return false;
}

async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const owner = /^work-(\d+-\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !(await isOwnerAlive(owner)))
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** An overlay's upper folder holds what changed; a removed file is there as a device node. */
async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Files of a copy with what shows a change: the time of the inode, which no program can set. */
async function listing(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of await filesBelow(root)) {
    const { ino, ctimeNs } = await lstat(join(root, path), { bigint: true });
    found.set(path, `${ino} ${ctimeNs}`);
  }
  return found;
}

function difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
}
