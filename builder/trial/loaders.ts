import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ArtifactRole, architectureOf, type Manifest } from '../contract/manifest.ts';
import { RackhandError } from '../shared/errors.ts';

/** What a machine with Secure Boot starts from the network. */
export interface SignedLoaders {
  shim: string;
  grub: string;
}

/** Debian's packages, then EL's; for images of x86_64. */
const USUAL: SignedLoaders[] = [
  {
    shim: '/usr/lib/shim/shimx64.efi.signed',
    grub: '/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
  },
  ...['rocky', 'almalinux', 'centos', 'redhat'].map((vendor) => ({
    shim: `/boot/efi/EFI/${vendor}/shimx64.efi`,
    grub: `/boot/efi/EFI/${vendor}/grubx64.efi`,
  })),
];

/**
 * Those that are named, those that the image brings, or those of this machine; undefined where there are none.
 * @throws RackhandError usage
 */
export async function findLoaders(
  { shim, grub }: Partial<SignedLoaders>,
  { artifacts, arch }: Pick<Manifest, 'artifacts' | 'arch'>,
  folder: string,
): Promise<SignedLoaders | undefined> {
  if (shim !== undefined && grub !== undefined) return { shim: resolve(shim), grub: resolve(grub) };
  if (shim !== undefined || grub !== undefined)
    throw new RackhandError('usage', 'one of --shim and --grub is no chain of loaders', 'name both');
  const own = (wanted: ArtifactRole) => artifacts.find(({ role }) => role === wanted)?.file;
  const [ownShim, ownGrub] = [own('shim'), own('netgrub')];
  if (ownShim !== undefined && ownGrub !== undefined)
    return { shim: resolve(folder, ownShim), grub: resolve(folder, ownGrub) };
  for (const loaders of architectureOf({ arch }) === 'x86_64' ? USUAL : []) {
    const there = await Promise.all(Object.values(loaders).map(isThere));
    if (there.every(Boolean)) return loaders;
  }
  return undefined;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
