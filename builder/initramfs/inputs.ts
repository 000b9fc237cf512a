import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../shared/ids.ts';

/**
 * Files that configuration adds and that no initramfs holds: it has no agent, no libvirt, no SSH, and no unit is
 * switched on in it by a link. Everything else counts, since dracut may take it in.
 */
const NEVER_INSIDE =
  /^(usr\/libexec\/rackhand\/|usr\/lib\/systemd\/(system\/rackhand-|system-generators\/rackhand-)|etc\/systemd\/system\/[^/]+\.(wants|requires)\/|etc\/(rackhand|libvirt|ssh|pki|selinux|lvm|multipath)\/|etc\/multipath\.conf$|var\/|usr\/share\/)/;

/** Path and content of each changed file that dracut may see, in sorted order. */
export async function initramfsRelevant(root: string, changes: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  for (const path of changes.filter((path) => !NEVER_INSIDE.test(path)).sort()) {
    const full = join(root, path);
    const stat = await lstat(full).catch(() => undefined);
    if (!stat) told.push(`${path} gone`);
    else if (stat.isSymbolicLink()) told.push(`${path} → ${await readlink(full)}`);
    else if (stat.isFile())
      told.push(`${path} ${(stat.mode & 0o7777).toString(8)} ${sha256(await readFile(full))}`);
  }
  return told;
}
