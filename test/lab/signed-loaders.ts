import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import { SIGNED_PLACES, type SignedLoaders } from '../../builder/shared/loader-places.ts';
import { run } from '../../builder/shared/process/run.ts';
import type { LabFolder } from './folder.ts';

/**
 * Debian's shim and its signed GRUB for network boot, out of the packages that the mirror downloaded: what
 * signed the lab image's kernel. The machine that the lab runs on need not have them.
 */
export async function signedLoaders(folder: LabFolder): Promise<SignedLoaders> {
  const into = join(folder.run, 'loaders');
  await mkdir(into, { recursive: true, mode: 0o755 });
  for (const name of ['shim-signed', 'grub-efi-amd64-signed'])
    await run(['dpkg-deb', '-x', await packageFile(folder, name), into]);
  const { shim, grub } = SIGNED_PLACES.x86_64[0];
  return { shim: join(into, shim), grub: join(into, grub) };
}

async function packageFile({ mirror }: LabFolder, name: string): Promise<string> {
  const debs = join(mirror, 'debs');
  const file = (await readdir(debs)).find((deb) => deb.startsWith(`${name}_`));
  if (file !== undefined) return join(debs, file);
  const mend = `remove ${mirror} and build the mirror again`;
  throw new RackhandError('lab-incomplete', `no package ${name} in ${debs}`, mend);
}
