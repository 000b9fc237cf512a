import { lstat, mkdir, open, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { errno, RackhandError } from './errors.ts';

/**
 * Files of an image root by their paths in it. A root may come from anywhere: its links are followed as they would be
 * with that root as /, never on the build host.
 */

const HOPS = 40;

/**
 * Where a path of a root really is, following links as they would be followed with that root as /.
 * Undefined when there is nothing, or when links go round in a circle.
 */
export async function resolveInside(root: string, path: string): Promise<string | undefined> {
  return follow(root, path, async () => false);
}

/** Text of a file of the root; undefined when it is not there or no file. */
export async function readInside(root: string, path: string): Promise<string | undefined> {
  const found = await resolveInside(root, path);
  if (found === undefined || !(await lstat(found)).isFile()) return undefined;
  return readFile(found, 'utf8');
}

/** Names in a folder of the root; none when it is not there or no folder. */
export async function listInside(root: string, path: string): Promise<string[]> {
  const found = await resolveInside(root, path);
  return found !== undefined && (await isFolder(found)) ? readdir(found) : [];
}

/**
 * Makes a folder of the root, with those above it; one that is there stays as it is.
 * @returns where it really is
 * @throws RackhandError root-unusable when something else is in the way
 */
export async function makeInside(root: string, path: string, mode = 0o755): Promise<string> {
  const made = await follow(root, path, (folder) =>
    mkdir(folder, { mode }).then(
      () => true,
      (error) => {
        if (errno(error) === 'ENOTDIR') return false;
        throw error;
      },
    ),
  );
  if (made !== undefined && (await isFolder(made))) return made;
  throw unusable(path, 'is no folder');
}

/** Writes a file in place of whatever has its name. @throws RackhandError root-unusable */
export async function writeInside(
  root: string,
  path: string,
  data: string | Uint8Array,
  mode: number,
): Promise<void> {
  const file = await open(await clearPlace(root, path), 'wx', mode);
  try {
    await file.writeFile(data);
    await file.chmod(mode); // the umask narrows what open() was asked for
  } finally {
    await file.close();
  }
}

/** A link in place of whatever has its name. @throws RackhandError root-unusable */
export async function linkInside(root: string, path: string, target: string): Promise<void> {
  await symlink(target, await clearPlace(root, path));
}

/** Changes a text and keeps the file's owner and mode; one that is not there begins empty, with the mode given. */
export async function changeInside(
  root: string,
  path: string,
  mode: number,
  change: (text: string) => string,
): Promise<void> {
  const found = await resolveInside(root, path);
  if (found === undefined) return writeInside(root, path, change(''), mode);
  if (!(await lstat(found)).isFile()) throw unusable(path, 'is no file');
  await writeFile(found, change(await readFile(found, 'utf8')));
}

/** Removes what has this name: a link itself, never what it leads to. */
export async function removeInside(root: string, path: string): Promise<void> {
  const place = await placeOf(root, path);
  if (place !== undefined && place !== root) await rm(place, { recursive: true, force: true });
}

/** Removes what is in a folder; a link to a folder is none. */
export async function emptyInside(root: string, path: string): Promise<void> {
  const place = await placeOf(root, path);
  if (place === undefined || !(await isFolder(place))) return;
  for (const name of await readdir(place)) await rm(join(place, name), { recursive: true, force: true });
}

/** Follows a path; `missing` makes a folder that is not there, or says that it does not. */
async function follow(
  root: string,
  path: string,
  missing: (folder: string) => Promise<boolean>,
): Promise<string | undefined> {
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
    if (found === undefined && !(await missing(full))) return undefined;
    if (!found?.isSymbolicLink()) {
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

/** Where a name is or would be, in the folder that its path leads to; undefined without that folder. */
async function placeOf(root: string, path: string): Promise<string | undefined> {
  const above = steps(path);
  const name = above.pop();
  if (name === undefined) return root;
  const folder = await resolveInside(root, above.join('/'));
  return folder === undefined || name === '..' ? undefined : join(folder, name);
}

async function clearPlace(root: string, path: string): Promise<string> {
  const place = join(await makeInside(root, posix.dirname(path)), posix.basename(path));
  await rm(place, { recursive: true, force: true });
  return place;
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function steps(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

function unusable(path: string, what: string): RackhandError {
  return new RackhandError(
    'root-unusable',
    `/${steps(path).join('/')} of the root ${what}`,
    'take it out of the root, or out of the package that brings it',
  );
}
