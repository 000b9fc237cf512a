import { createHash } from 'node:crypto';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, RackhandError } from '../../shared/errors.ts';
import { sha256File } from '../../shared/ids.ts';
import { LIVE } from './arguments.ts';
import { readOciLayout, unreadable } from './oci.ts';

/** A root that is there already. */
export interface RootSource {
  kind: 'folder' | 'archive' | 'oci';
  path: string;
  /** Equal digests: equal roots. */
  digest: string;
  /** Archives to unpack one over the other; none for a folder. */
  archives: string[];
}

/**
 * What kind of root a path is, and its digest. A folder's is that of the listing with sizes and inode times: reading
 * every file would take longer than installing it, and no program can set the time of an inode.
 * @throws RackhandError root-unreadable
 */
export async function identifyRoot(path: string): Promise<RootSource> {
  try {
    return await identify(path);
  } catch (cause) {
    const code = errno(cause);
    if (cause instanceof RackhandError || code === undefined) throw cause;
    // A file that goes away while its folder is listed is named itself.
    const at = (cause as NodeJS.ErrnoException).path ?? path;
    throw unreadable(code === 'ENOENT' ? `${at} does not exist` : `${at} cannot be read (${code})`, cause);
  }
}

async function identify(path: string): Promise<RootSource> {
  const found = await stat(path);
  if (found.isFile()) {
    const digest = `sha256:${await sha256File(path)}`;
    return { kind: 'archive', path, digest, archives: [path] };
  }
  if (!found.isDirectory()) throw unreadable(`${path} is neither a folder nor a file`);
  if (await stat(join(path, 'index.json')).catch(() => undefined)) {
    const { digest, layers } = await readOciLayout(path);
    return { kind: 'oci', path, digest, archives: layers };
  }
  return { kind: 'folder', path, digest: await listingDigest(path), archives: [] };
}

/** Of what a copy takes: neither what belongs to a running machine nor what is on other file systems. */
async function listingDigest(root: string): Promise<string> {
  const hash = createHash('sha256');
  const { dev: own } = await stat(root, { bigint: true });
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const names = (await readdir(join(root, folder))).sort();
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (LIVE.includes(path)) continue;
      const full = join(root, path);
      const { mode, uid, gid, size, ctimeNs, ino, dev } = await lstat(full, { bigint: true });
      const kind = Number(mode & 0o170000n);
      const target = kind === 0o120000 ? await readlink(full) : '';
      hash.update(JSON.stringify([path, `${mode}`, `${uid}`, `${gid}`, target]));
      if (kind !== 0o040000) hash.update(JSON.stringify([`${size}`, `${ctimeNs}`, `${ino}`]));
      else if (dev === own) pending.push(path);
    }
  }
  return `listing:${hash.digest('hex')}`;
}
