import type { Architecture } from '../contract/architecture.ts';
import type { Base } from './schema.ts';

/**
 * What differs by release and architecture, in one place. hypervisor.yaml names packages as EL9 does on x86_64; the
 * tables say the rest.
 */

export interface Release {
  libvirt: 'monolithic' | 'modular';
  /** The oldest processors that its packages run on. */
  cpu: 'x86-64' | 'x86-64-v2' | 'x86-64-v3' | 'armv8-a';
  /** Arguments of every live boot, for the release's own dracut. A flat squashfs needs an overlay. */
  live: readonly string[];
}

const LIVE = ['rd.live.image', 'rd.live.overlay.overlayfs=1'];

/**
 * libvirt: with_modular_daemons in libvirt.spec is for rhel >= 9. cpu: EL9 and EL10 raised it; AlmaLinux builds
 * EL10 for v2 as well, in repositories of its own. live: dracut 049, 057 and 105; only a boot of the lab's
 * dracut 059 has shown them to work.
 */
export const RELEASES: Record<Base, Release> = {
  el8: { libvirt: 'monolithic', cpu: 'x86-64', live: LIVE },
  el9: { libvirt: 'modular', cpu: 'x86-64-v2', live: LIVE },
  el10: { libvirt: 'modular', cpu: 'x86-64-v3', live: LIVE },
};

/** A release on an architecture; all of them run on the first 64-bit ARM (EL's gcc: -march=armv8-a). */
export function releaseOf(base: Base, arch: Architecture): Release {
  return arch === 'x86_64' ? RELEASES[base] : { ...RELEASES[base], cpu: 'armv8-a' };
}

type Row = Partial<Record<Base, readonly string[]>>;

/**
 * EL9 name → names elsewhere; none: the release has no such package. What is not listed has one name everywhere.
 *
 * EL8: qemu-kvm.spec of 6.2 (its -common has ksmtuned, the persistent-reservation helper and virtiofsd; its -core
 * needs the GPU's modules) and libvirt.spec of 8.0 (libvirt-daemon has log, lock and proxy), both of module
 * virt:rhel. EL10: package lists of AlmaLinux 10.0.
 */
export const PACKAGES: Readonly<Record<string, Row>> = {
  // Kernel: the core was split off in EL9.2.
  'kernel-modules-core': { el8: [] },
  // kdump has a package of its own.
  'kexec-tools': { el10: ['kdump-utils', 'kexec-tools'] },
  // Only EL9 has a small curl; the small library is everywhere.
  'curl-minimal': { el8: ['curl'], el10: ['curl'] },
  // libvirt: small daemons were packaged apart in 9.1.
  'libvirt-daemon-lock': { el8: ['libvirt-daemon'] },
  'libvirt-daemon-log': { el8: ['libvirt-daemon'] },
  'libvirt-daemon-proxy': { el8: ['libvirt-daemon'] },
  // QEMU: one package for each device since 7.0.
  'qemu-kvm-device-display-virtio-gpu': { el8: [] },
  'qemu-kvm-device-display-virtio-gpu-pci': { el8: [] },
  'qemu-kvm-device-display-virtio-vga': { el8: [] },
  'qemu-kvm-device-usb-host': { el8: [] },
  'qemu-kvm-device-usb-redirect': { el8: ['qemu-kvm-hw-usbredir'] },
  'qemu-pr-helper': { el8: [] },
  virtiofsd: { el8: [] },
  ksmtuned: { el8: [] },
  // Beside VNC, which every release has. EL9 removed it (qemu-kvm.spec obsoletes ui-spice).
  'qemu-kvm-ui-spice': { el9: [], el10: [] },
  // Not proven to be in EL8's repositories.
  lldpd: { el8: [] },
  // In EL10 only in the repository for building the distribution; parted and sfdisk do its work.
  gdisk: { el10: [] },
};

/**
 * The release's name → names on 64-bit ARM, whose firmware is UEFI alone; none: only x86 has it. qemu-kvm.spec wants
 * edk2-aarch64 there, and neither SeaBIOS nor the ROMs; loaders are named as in osbuild's package sets.
 */
const AARCH64: Readonly<Record<string, readonly string[]>> = {
  'shim-x64': ['shim-aa64'],
  'grub2-efi-x64-cdboot': ['grub2-efi-aa64-cdboot'],
  'edk2-ovmf': ['edk2-aarch64'],
  seabios: [],
  'ipxe-roms-qemu': [],
  'qemu-kvm-device-display-virtio-vga': [],
  microcode_ctl: [],
};

/** A package as hypervisor.yaml names it, by its names in a release on an architecture. */
export function namesIn(base: Base, name: string, arch: Architecture = 'x86_64'): readonly string[] {
  const row = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : undefined;
  const names = row?.[base] ?? [name];
  if (arch === 'x86_64') return names;
  return names.flatMap((one) => (Object.hasOwn(AARCH64, one) ? AARCH64[one]! : [one]));
}
