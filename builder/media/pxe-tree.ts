import { constants, copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { architectureOf } from '../contract/manifest.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { IPXE_MEND, IPXE_PLACES, type SignedLoaders } from '../shared/loader-places.ts';
import { ownerName } from '../shared/owner.ts';
import { firstPresent } from '../shared/present.ts';
import { PLATFORMS, type Platform } from './platform.ts';
import { type PxeTree, pxePath, pxeTexts } from './pxe-texts.ts';

/** iPXE of this machine for an image's machines: name in the folder → places here. */
export function ipxeOf({ bios, network }: Platform): Record<string, readonly string[]> {
  const ofBios = 'undionly.kpxe';
  return { ...(bios ? { [ofBios]: IPXE_PLACES[ofBios] } : {}), [network.ipxe]: IPXE_PLACES[network.ipxe] };
}

export interface PxeTreeOptions extends Omit<PxeTree, 'secureBoot'> {
  /** Path of an artifact of the image. */
  artifact(role: 'kernel' | 'initramfs' | 'rootfs'): string;
  /** Shim and the signed GRUB of the image's distribution; with them UEFI machines start these. */
  signed?: SignedLoaders | undefined;
}

/**
 * A folder from which any TFTP and HTTP server boots machines with one image: loaders, their configurations, and the image.
 * It appears whole.
 * @returns paths in it @throws RackhandError loader-absent | pxe-tree | artifact-missing
 */
export async function makePxeTree(options: PxeTreeOptions): Promise<string[]> {
  const { folder, signed } = options;
  const arch = architectureOf(options.manifest);
  const platform = PLATFORMS[arch];
  if (await stat(folder).catch(() => undefined))
    throw new RackhandError(
      'pxe-tree',
      `${folder} is there already`,
      'name a new folder, or remove it first',
    );
  const making = `${folder}.${await ownerName()}`;
  try {
    const files: [path: string, from: string][] = [];
    for (const [name, places] of Object.entries(ipxeOf(platform)))
      files.push([name, await findIpxe(name, places, IPXE_MEND[arch])]);
    if (signed) files.push([platform.signed.shim, signed.shim], [platform.signed.grub, signed.grub]);
    for (const role of ['kernel', 'initramfs', 'rootfs'] as const)
      files.push([pxePath(options, role), options.artifact(role)]);
    const texts = pxeTexts({ ...options, secureBoot: signed !== undefined });
    await mkdir(making);
    for (const [path, from] of files)
      await copyFile(from, await placed(making, path), constants.COPYFILE_FICLONE);
    for (const [path, text] of texts) await writeFile(await placed(making, path), text);
    await rename(making, folder);
    return [...files, ...texts].map(([path]) => path);
  } catch (cause) {
    if (cause instanceof RackhandError || errno(cause) === undefined) throw cause;
    const mend = 'look at the folder above it, and at the room on that disk';
    throw new RackhandError('pxe-tree', `${folder} cannot be made (${errno(cause)})`, mend, { cause });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function placed(folder: string, path: string): Promise<string> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  return join(folder, path);
}

async function findIpxe(name: string, places: readonly string[], mend: string): Promise<string> {
  const path = await firstPresent(places);
  if (path !== undefined) return path;
  throw new RackhandError('loader-absent', `${name} not found in ${places.join(', ')}`, mend);
}
