import type { Architecture } from '../contract/architecture.ts';

/** What media of a machine architecture have of their own: pure. */

export interface Platform {
  /** GRUB's name of the format of its core for UEFI, and of the folder with its modules. */
  grub: string;
  /** What firmware starts of a medium without being told (UEFI 2.10 section 3.5.1.1). */
  removable: string;
  /** The signed chain of a distribution: as the root has the files, and GRUB as shim looks for it on the medium. Of GRUBs for the
   * network the first that is there: EL has one for disk and network, Debian two. */
  signed: {
    shim: string;
    grubOfMedia: string;
    grub: string;
    manager: string;
    grubsOfNetwork: readonly string[];
  };
  /** Has firmware of the older kind too. */
  bios: boolean;
  /** Modules of GRUB's core for UEFI that only this one has. */
  modules: readonly string[];
  /** Console of the kernel on the first serial port. */
  serial: string;
  /** Packages of the build host with GRUB for it: Debian's, then EL's. */
  packages: readonly [debian: string, el: string];
  /**
   * Of a folder for the network: numbers by which firmware asks in DHCP option 93 (RFC 4578 and IANA's list) for PXE and for
   * HTTP Boot, and iPXE for UEFI by its name there.
   */
  network: {
    pxe: readonly number[];
    http: readonly number[];
    ipxe: 'snponly.efi' | 'snponly-arm64.efi';
  };
}

const signedFor = (suffix: string): Platform['signed'] => ({
  ...{ shim: `shim${suffix}.efi`, grubOfMedia: `gcd${suffix}.efi` },
  ...{ grub: `grub${suffix}.efi`, manager: `mm${suffix}.efi` },
  grubsOfNetwork: [`grubnet${suffix}.efi`, `grub${suffix}.efi`],
});

export const PLATFORMS: Record<Architecture, Platform> = {
  x86_64: {
    ...{ grub: 'x86_64-efi', removable: 'BOOTX64.EFI', signed: signedFor('x64'), bios: true },
    ...{ modules: ['efi_uga'], serial: 'ttyS0,115200' },
    packages: ['grub-pc-bin, grub-efi-amd64-bin', 'grub2-pc-modules, grub2-efi-x64-modules'],
    network: { pxe: [7, 9], http: [16], ipxe: 'snponly.efi' },
  },
  aarch64: {
    ...{ grub: 'arm64-efi', removable: 'BOOTAA64.EFI', signed: signedFor('aa64'), bios: false },
    ...{ modules: [], serial: 'ttyAMA0,115200' },
    packages: ['grub-efi-arm64-bin', 'grub2-efi-aa64-modules'],
    network: { pxe: [11], http: [19], ipxe: 'snponly-arm64.efi' },
  },
};
