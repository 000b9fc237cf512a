import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RackhandError } from '../shared/errors.ts';

/** What a machine with Secure Boot starts from the network. */
export interface SignedLoaders {
  shim: string;
  grub: string;
}

/** Debian's packages, then EL's. */
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

/** Those that are named, or those of this machine; undefined where it has none. @throws RackhandError usage */
export async function findLoaders(named: Partial<SignedLoaders>): Promise<SignedLoaders | undefined> {
  const { shim, grub } = named;
  if (shim !== undefined && grub !== undefined) return { shim: resolve(shim), grub: resolve(grub) };
  if (shim !== undefined || grub !== undefined)
    throw new RackhandError('usage', 'one of --shim and --grub is no chain of loaders', 'name both');
  for (const loaders of USUAL) {
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
