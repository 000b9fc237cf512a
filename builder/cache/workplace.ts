import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnerAlive, ownerName } from '../shared/owner.ts';
import { run } from '../shared/process/run.ts';
import { filesBelow, View } from './view.ts';

/** A root of its own, and the paths that had been changed in it by then. */
export interface Fork {
  root: string;
  changes: string[];
}

/** One build's scratch folder inside the cache. */
export interface Workplace {
  folder: string;
  /** A fresh folder below it. */
  make(name: string): Promise<string>;
  /** Shows a cached root as `root`: what is written there stays in this build. */
  mountRoot(tree: string, signal?: AbortSignal): Promise<string>;
  /**
   * The root as it is now, once more: what is written to either does not show in the other. Nothing may run in the root.
   */
  fork(signal?: AbortSignal): Promise<Fork>;
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
  let view: View | undefined;
  let copied = new Map<string, string>();
  const copy = (from: string, to: string, signal?: AbortSignal) =>
    run(['cp', '-a', '--reflink=auto', '--', `${from}/.`, to], signal ? { signal } : {});
  const changes = async () => {
    if (view) return view.changes();
    return difference(copied, await listing(join(folder, 'root')));
  };
  return {
    folder,
    make,
    async mountRoot(tree, signal) {
      const root = await make('root');
      view = await View.open(tree, root, make);
      if (view) return root;
      await copy(tree, root, signal);
      copied = await listing(root);
      return root;
    },
    async fork(signal) {
      const changed = await changes();
      const root = await make('fork');
      if (view) await view.fork(root);
      else await copy(join(folder, 'root'), root, signal);
      return { root, changes: changed };
    },
    changes,
    async close() {
      await view?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const owner = /^work-(\d+-\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !(await isOwnerAlive(owner)))
      await rm(join(cache, name), { recursive: true, force: true });
  }
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
