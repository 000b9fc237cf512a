import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from '../shared/errors.ts';
import { identity, sha256 } from '../shared/ids.ts';
import { linkInside, writeInside } from '../shared/inside.ts';

/** One file or link of the overlay; owner is root, mode 0755 when executable and 0644 otherwise. */
export interface OverlayEntry {
  path: string;
  mode: number;
  target?: string;
}

export interface Overlay {
  folder: string;
  entries: OverlayEntry[];
  /** Units to enable, from units.txt. */
  units: string[];
  identity: string;
}

/** Reads `folder/root` and `folder/units.txt`; either may be absent. */
export async function readOverlay(folder: string): Promise<Overlay> {
  const entries: OverlayEntry[] = [];
  const digests: unknown[] = [];
  for (const path of await filesBelow(join(folder, 'root'))) {
    const full = join(folder, 'root', path);
    const stat = await lstat(full);
    if (stat.isSymbolicLink()) {
      const target = await readlink(full);
      entries.push({ path, mode: 0o777, target });
      digests.push([path, 'link', target]);
    } else {
      const mode = stat.mode & 0o111 ? 0o755 : 0o644;
      entries.push({ path, mode });
      digests.push([path, mode, sha256(await readFile(full))]);
    }
  }
  const units = (await textOrEmpty(join(folder, 'units.txt')))
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  return { folder, entries, units, identity: identity({ digests, units }) };
}

/** Lays the overlay into a root, replacing what is there. */
export async function layOverlay(overlay: Overlay, root: string): Promise<void> {
  for (const { path, mode, target } of overlay.entries) {
    if (target !== undefined) await linkInside(root, path, target);
    else await writeInside(root, path, await readFile(join(overlay.folder, 'root', path)), mode);
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
}

async function textOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  }
}
