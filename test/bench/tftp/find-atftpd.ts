import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../builder/shared/process/run.ts';

/**
 * Debian's atftpd cannot be installed beside tftpd-hpa: its package is unpacked into the bench's folder instead.
 * @returns the program; undefined where there is none
 */
export async function findAtftpd(folder: string): Promise<string | undefined> {
  const installed = ['/usr/sbin/atftpd', '/usr/local/sbin/atftpd'].find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  const unpacked = join(folder, 'atftpd');
  try {
    await mkdir(unpacked);
    await run(['apt-get', '-q', 'download', 'atftpd'], { cwd: unpacked });
    const file = (await readdir(unpacked)).find((name) => name.endsWith('.deb'));
    await run(['dpkg-deb', '-x', join(unpacked, file!), unpacked]);
    return join(unpacked, 'usr/sbin/atftpd');
  } catch (error) {
    process.stderr.write(`without atftpd: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}
