import { createHash } from 'node:crypto';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from '../../shared/errors.ts';
import { sha256File } from '../../shared/ids.ts';
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
  const found = await stat(path).catch((cause) => {
    const what = errno(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${errno(cause)})`;
    throw unreadable(`${path} ${what}`, cause);
  });
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

async function listingDigest(root: string): Promise<string> {
  const hash = createHash('sha256');
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const names = (await readdir(join(root, folder))).sort();
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const full = join(root, path);
      const { mode, uid, gid, size, ctimeNs, ino } = await lstat(full, { bigint: true });
      const kind = Number(mode & 0o170000n);
      const target = kind === 0o120000 ? await readlink(full) : '';
      hash.update(JSON.stringify([path, `${mode}`, `${uid}`, `${gid}`, target]));
      if (kind === 0o040000) pending.push(path);
      else hash.update(JSON.stringify([`${size}`, `${ctimeNs}`, `${ino}`]));
    }
  }
  return `listing:${hash.digest('hex')}`;
}
