import type { Architecture } from '../contract/architecture.ts';

/** Where packages put network boot loaders: Debian's places, then EL's. */

/** iPXE, by the name that machines ask for. */
export const IPXE_PLACES = {
  'undionly.kpxe': ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'],
  'snponly.efi': ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'],
  'ipxe.efi': ['/usr/lib/ipxe/ipxe.efi', '/usr/share/ipxe/ipxe-x86_64.efi'],
  'snponly-arm64.efi': ['/usr/lib/ipxe/snponly-arm64.efi', '/usr/share/ipxe/arm64-efi/snponly.efi'],
} as const;
export const IPXE_MEND: Record<Architecture, string> = {
  x86_64: 'install iPXE: apt install ipxe, or dnf install ipxe-bootimgs-x86',
  aarch64: 'install iPXE for arm64: dnf install ipxe-bootimgs-aarch64',
};

/** What a machine with Secure Boot starts from the network: paths. */
export interface SignedLoaders {
  shim: string;
  grub: string;
}

/** Shim by Microsoft's key and the GRUB that it takes: a distribution's shim starts its own GRUB alone. */
export const SIGNED_PLACES: Record<Architecture, readonly [debian: SignedLoaders, ...el: SignedLoaders[]]> = {
  x86_64: signedPlaces('x64', 'x86_64'),
  aarch64: signedPlaces('aa64', 'arm64'),
};

function signedPlaces(
  suffix: string,
  debian: string,
): readonly [debian: SignedLoaders, ...el: SignedLoaders[]] {
  return [
    {
      shim: `/usr/lib/shim/shim${suffix}.efi.signed`,
      grub: `/usr/lib/grub/${debian}-efi-signed/grubnet${suffix}.efi.signed`,
    },
    ...['rocky', 'almalinux', 'redhat', 'centos'].map((vendor) => ({
      shim: `/boot/efi/EFI/${vendor}/shim${suffix}.efi`,
      grub: `/boot/efi/EFI/${vendor}/grub${suffix}.efi`,
    })),
  ];
}
