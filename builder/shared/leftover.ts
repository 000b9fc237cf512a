import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from './errors.ts';
import { isOwnerAlive } from './owner.ts';

/** Something that a process which was ended has left, or that nobody needs any more. */
export interface Leftover {
  path: string;
  /** What its files take on the disk; a file with several names is counted by each. */
  bytes: number;
  /** For people. */
  why: string;
  /** @returns false when somebody needs it again */
  remove(): Promise<boolean>;
}

/** Milliseconds after which nobody is writing a temporary file any more. */
export const STALE_MS = 3_600_000;

/** What writeFileAtomic and openFolder have left in a folder. */
export async function halfWritten(folder: string, now: number): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const name of await namesIn(folder)) {
    if (!/^\.([0-9a-f]{12}\.tmp|writable-\w{6})$/.test(name)) continue;
    const path = join(folder, name);
    const { mtimeMs } = (await lstat(path).catch(() => undefined)) ?? { mtimeMs: now };
    if (now - mtimeMs > STALE_MS)
      found.push(await leftover(path, 'was being written when its program ended'));
  }
  return found;
}

/** Folders of processes that are no more. @param owned names, with the owner as their first group */
export async function orphaned(folder: string, owned: RegExp, why: string): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const name of await namesIn(folder)) {
    const owner = owned.exec(name)?.[1];
    if (owner === undefined || (await isOwnerAlive(owner))) continue;
    found.push(await leftover(join(folder, name), why));
  }
  return found;
}

/** @param remove what is done instead of a plain removal */
export async function leftover(
  path: string,
  why: string,
  remove: () => Promise<boolean> = () => removed(path),
): Promise<Leftover> {
  return { path, bytes: await bytesBelow(path), why, remove };
}

async function removed(path: string): Promise<boolean> {
  await rm(path, { recursive: true, force: true });
  return true;
}

/** Names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).then(
    (names) => names.sort(),
    (error) => {
      if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return [];
      throw error;
    },
  );
}

/** What goes in the middle of it takes nothing. */
async function bytesBelow(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory()) return (found?.blocks ?? 0) * 512;
  let bytes = 0;
  // What another account keeps to itself counts as nothing.
  const names = await namesIn(path).catch(() => []);
  for (const name of names) bytes += await bytesBelow(join(path, name));
  return bytes;
}
