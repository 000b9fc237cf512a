import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';

const HOPS = 40;

/**
 * Where a path of a root really is, following links as they would be followed with that root as /.
 * Undefined when there is nothing, or when links go round in a circle.
 */
export async function resolveInside(root: string, path: string): Promise<string | undefined> {
  let left = steps(path);
  let at: string[] = [];
  for (let hops = 0; left.length > 0; ) {
    const [next, ...rest] = left as [string, ...string[]];
    left = rest;
    if (next === '..') {
      at = at.slice(0, -1);
      continue;
    }
    const full = join(root, ...at, next);
    const found = await lstat(full).catch(() => undefined);
    if (found === undefined) return undefined;
    if (!found.isSymbolicLink()) {
      at = [...at, next];
      continue;
    }
    if (++hops > HOPS) return undefined;
    const target = await readlink(full);
    if (posix.isAbsolute(target)) at = [];
    left = [...steps(target), ...left];
  }
  return join(root, ...at);
}

/** Text of a file of the root; undefined when it is not there or no file. */
export async function readInside(root: string, path: string): Promise<string | undefined> {
  const found = await resolveInside(root, path);
  if (found === undefined || !(await lstat(found)).isFile()) return undefined;
  return readFile(found, 'utf8');
}

/** Removes a path of the root, never through a link: a link that stands in for a folder has no such path. */
export async function removeInside(root: string, path: string): Promise<void> {
  if (await isPlain(root, posix.dirname(path))) await rm(join(root, path), { recursive: true, force: true });
}

/** Removes what is in a folder of the root, never through a link. */
export async function emptyInside(root: string, path: string): Promise<void> {
  if (!(await isPlain(root, path))) return;
  for (const name of await readdir(join(root, path)))
    await rm(join(root, path, name), { recursive: true, force: true });
}

/** True when every step of the path is a folder itself. */
async function isPlain(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const step of steps(path)) {
    if (step === '..') return false;
    at = join(at, step);
    const found = await lstat(at).catch(() => undefined);
    if (!found?.isDirectory()) return false;
  }
  return true;
}

function steps(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}
