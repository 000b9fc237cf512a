/** Where packages put network boot loaders: Debian's places, then EL's. */

/** iPXE, by the name that machines ask for. */
export const IPXE_PLACES = {
  'undionly.kpxe': ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'],
  'snponly.efi': ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'],
  'ipxe.efi': ['/usr/lib/ipxe/ipxe.efi', '/usr/share/ipxe/ipxe-x86_64.efi'],
} as const;
export const IPXE_MEND = 'install iPXE: apt install ipxe, or dnf install ipxe-bootimgs-x86';

/** What a machine with Secure Boot starts from the network: paths. */
export interface SignedLoaders {
  shim: string;
  grub: string;
}

/** Shim by Microsoft's key and the GRUB that it takes: a distribution's shim starts its own GRUB alone. */
export const SIGNED_PLACES: readonly SignedLoaders[] = [
  {
    shim: '/usr/lib/shim/shimx64.efi.signed',
    grub: '/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
  },
  ...['rocky', 'almalinux', 'redhat', 'centos'].map((vendor) => ({
    shim: `/boot/efi/EFI/${vendor}/shimx64.efi`,
    grub: `/boot/efi/EFI/${vendor}/grubx64.efi`,
  })),
];
