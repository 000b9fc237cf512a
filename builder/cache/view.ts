import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';

type Make = (name: string) => Promise<string>;

/**
 * How changes are kept. xino: layers of two file systems show as one device, where setfiles and others would stop at the
 * seam (fts(3), FTS_XDEV). metacopy: labels and modes change without copying the file, and what changes is little enough for
 * memory, where a copied inode costs no write to a disk. userxattr is for user namespaces.
 */
const WAYS = [
  { memory: true, option: ',metacopy=on,xino=on' },
  { memory: false, option: ',metacopy=on' },
  { memory: false, option: ',userxattr' },
  { memory: false, option: '' },
];
type Way = (typeof WAYS)[number];

/** An overlay over a cached root: nothing is copied, and nothing that runs in the root can change the cache. */
export class View {
  readonly #root: string;
  readonly #way: Way;
  /** Where the changes are. */
  readonly #place: string;
  /** Folders that are shown and never written, uppermost first; the last one is the cached root. */
  #lower: string[];
  /** What was written to the root, newest first. */
  #uppers: string[];
  readonly #mounted: string[];

  private constructor(root: string, way: Way, place: string, tree: string, mounted: string[]) {
    this.#root = root;
    this.#way = way;
    this.#place = place;
    this.#lower = [tree];
    this.#uppers = [];
    this.#mounted = mounted;
  }

  /** Undefined where the file system or the kernel cannot. */
  static async open(tree: string, root: string, make: Make): Promise<View | undefined> {
    for (const way of WAYS) {
      const place = await make(way.memory ? 'memory' : 'changes');
      if ([tree, root, place].some((path) => /[,:\\]/.test(path))) return undefined;
      const mounted: string[] = [];
      if (way.memory && !(await mount('tmpfs', 'mode=0700', place))) continue;
      if (way.memory) mounted.push(place);
      const view = new View(root, way, place, tree, mounted);
      if (await view.#show(root, 'root')) return view;
      await view.close();
    }
    return undefined;
  }

  /**
   * Nothing may have a file of the root open. What was written so far is a layer below both from then on.
   * @throws RackhandError command-failed
   */
  async fork(to: string): Promise<void> {
    await run(['umount', this.#root]);
    this.#mounted.splice(this.#mounted.indexOf(this.#root), 1);
    this.#lower = [this.#uppers[0]!, ...this.#lower];
    for (const [place, name] of [
      [this.#root, 'root-2'],
      [to, 'fork'],
    ] as const)
      if (!(await this.#show(place, name)))
        throw new RackhandError('command-failed', `cannot show ${place} once more`, 'run the build again');
  }

  /** Paths of the files that were written, replaced or removed; a removed file is a device node in the layer. */
  async changes(): Promise<string[]> {
    return [...new Set((await Promise.all(this.#uppers.map(filesBelow))).flat())];
  }

  /**
   * The mount namespace is the build's own: this is for the removal of its folder, not for the host. Lazily, since a
   * program that is slow to end may have a file open.
   */
  async close(): Promise<void> {
    for (const place of this.#mounted.splice(0).reverse()) await run(['umount', '--lazy', place]);
  }

  async #show(place: string, name: string): Promise<boolean> {
    const [upper, work] = [join(this.#place, name), join(this.#place, `${name}.work`)];
    for (const path of [upper, work]) await mkdir(path, { recursive: true });
    const folders = `lowerdir=${this.#lower.join(':')},upperdir=${upper},workdir=${work}`;
    if (!(await mount('overlay', `${folders}${this.#way.option}`, place))) return false;
    this.#mounted.push(place);
    if (this.#way.memory && !(await isOneDevice(place))) return false;
    if (place === this.#root) this.#uppers.unshift(upper);
    return true;
  }
}

/** The kernel falls back without a word where inode numbers have no room for it (overlayfs, "Inode properties"). */
async function isOneDevice(place: string): Promise<boolean> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return mounts.some((line) => line.includes(` ${place} `) && line.includes('xino=on'));
}

async function mount(type: string, options: string, place: string): Promise<boolean> {
  try {
    await run(['mount', '-t', type, `rackhand-${type}`, '-o', options, place]);
    return true;
  } catch (error) {
    if (!(error instanceof RackhandError)) throw error;
    return false;
  }
}

/** Paths of all that is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
