import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import type { ArtifactRole } from '../contract/manifest.ts';
import { makePxeTree } from '../media/pxe-tree.ts';
import { RackhandError } from '../shared/errors.ts';
import { findLoaders } from '../trial/loaders.ts';
import { type CatalogFlags, print } from './options.ts';

interface PxeFlags extends CatalogFlags {
  address: string;
  secureBoot?: boolean;
  shim?: string;
  grub?: string;
}

/** `rackhand images pxe` */
export function addPxeCommand(command: (name: string, description: string) => Command): void {
  command('pxe <image> <folder>', 'a folder from which another TFTP and HTTP server boots machines with it')
    .requiredOption('--address <url>', 'http://SERVER at which machines find the folder', address)
    .option('--secure-boot', 'UEFI machines start shim and signed GRUB, not iPXE')
    .option('--shim <file>', 'signed shim (default: of the image, or of this machine)')
    .option('--grub <file>', 'signed GRUB for the network (default: likewise)')
    .action(pxeCommand);
}

/** Every character of it goes to loaders, and to the kernel's command line. */
function address(text: string): string {
  if (/^http:\/\/[\w.[\]:-]+(\/[\w.~-]+)*\/?$/.test(text) && URL.canParse(text))
    return text.replace(/\/$/, '');
  throw new InvalidArgumentError('expected http://SERVER[:PORT][/PATH]: loaders have no HTTPS everywhere');
}

const IN_TREE: ArtifactRole[] = ['kernel', 'initramfs', 'rootfs'];

/** @throws RackhandError loader-absent | pxe-tree | artifact-missing | image-damaged */
async function pxeCommand(name: string, folder: string, flags: PxeFlags): Promise<void> {
  const catalog = openCatalog(flags.catalog);
  const manifest = await catalog.resolve(name);
  const home = join(catalog.folder, manifest.id);
  const wanted = flags.secureBoot || flags.shim || flags.grub;
  const signed = wanted ? await findLoaders(flags, manifest, home) : undefined;
  if (flags.secureBoot && !signed)
    throw new RackhandError(
      'loader-absent',
      'neither the image nor this machine has shim and a signed network GRUB',
      'name them: --shim and --grub',
    );
  // Who boots it compares the root with its digest, and nothing else.
  for (const { role, file } of manifest.artifacts)
    if (IN_TREE.includes(role) || [signed?.shim, signed?.grub].includes(resolve(home, file)))
      await catalog.whole(manifest, role);
  const files = await makePxeTree({
    ...{ manifest, signed, folder: resolve(folder), address: flags.address },
    artifact: (role) => catalog.artifact(manifest, role),
  });
  print(`${folder}: ${files.length} files of image ${manifest.id}; dnsmasq.conf in it says how it is served`);
}
