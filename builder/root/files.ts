import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import { type LockedPackage, nevra } from './parse.ts';

/**
 * The files of locked packages: in dnf's cache, or in a repository that is a folder of this machine. Each one has
 * the locked size and digest.
 * @throws RackhandError package-not-cached
 */
export async function findPackageFiles(
  packages: readonly LockedPackage[],
  recipe: Recipe,
  cache: string,
): Promise<string[]> {
  const folders = await cachedFolders(cache);
  const files: string[] = [];
  const missing: string[] = [];
  for (const one of packages) {
    const found = await firstGood(candidates(one, recipe, folders), one);
    if (found === undefined) missing.push(nevra(one));
    else files.push(found);
  }
  if (missing.length === 0) return files;
  const shown = missing.slice(0, 10).join(', ');
  const more = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
  throw new RackhandError(
    'package-not-cached',
    `a locked build has no network, and these are not in the cache as they were locked: ${shown}${more}`,
    'build once without --locked while the repository still has them, or lock again',
  );
}

/** Repository id → its folders of packages; dnf calls them by id and a hash of the address. */
async function cachedFolders(cache: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const name of (await readdir(cache).catch(() => [])).sort()) {
    const id = /^(.+)-[0-9a-f]{16}$/.exec(name)?.[1];
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), join(cache, name, 'packages')]);
  }
  return found;
}

function candidates(one: LockedPackage, recipe: Recipe, folders: Map<string, string[]>): string[] {
  const source = recipe.repositories.find(({ id }) => id === one.repository)?.baseurl;
  const local = source?.startsWith('file://') ? [join(fileURLToPath(source), one.location)] : [];
  return [
    ...(folders.get(one.repository) ?? []).map((folder) => join(folder, basename(one.location))),
    ...local,
  ];
}

async function firstGood(paths: readonly string[], one: LockedPackage): Promise<string | undefined> {
  for (const path of paths) {
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === one.size && digestOf(path, one.checksum) === one.checksum) return path;
  }
  return undefined;
}

const PIECE = 1 << 20;

/** In the kind that the lock has: "sha256:…". Without streams, which take four times as long. */
function digestOf(path: string, like: string): string {
  const kind = like.split(':')[0]!;
  const hash = createHash(kind === 'sha' ? 'sha1' : kind);
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece))
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return `${kind}:${hash.digest('hex')}`;
}
