import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entry.ts';

/** Every path below the root in sorted order: parents before children. */
export function listRoot(root: string): Entry[] {
  const entries: Entry[] = [];
  walk('');
  return entries;

  function walk(folder: string): void {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const stat = lstatSync(join(root, path));
      const kind = stat.isDirectory()
        ? 'directory'
        : stat.isSymbolicLink()
          ? 'link'
          : stat.isFile()
            ? 'file'
            : 'other';
      entries.push({
        ...{ path, kind, size: kind === 'file' ? stat.size : 0, mode: stat.mode },
        inode: kind === 'file' && stat.nlink > 1 ? inodeOf(join(root, path)) : 0,
        ...(kind === 'link' ? { target: readlinkSync(join(root, path)) } : {}),
      });
      if (kind === 'directory') walk(path);
    }
  }
}

/** An overlay's numbers may be above what a number holds. */
function inodeOf(path: string): bigint {
  return lstatSync(path, { bigint: true }).ino;
}

/** Bytes of all files, each inode once. */
export function sizeOf(entries: readonly Entry[]): number {
  const seen = new Set<number | bigint>();
  let total = 0;
  for (const entry of entries) {
    if (entry.inode && seen.has(entry.inode)) continue;
    if (entry.inode) seen.add(entry.inode);
    total += entry.size;
  }
  return total;
}
