import { access, readFile } from 'node:fs/promises';
import { RackhandError } from '../../builder/shared/errors.ts';

const VENDORS = ['rocky', 'almalinux', 'redhat', 'centos'];

/** Network boot loaders by the name machines ask for; candidates are where Debian and EL put them. */
const LOADERS: Record<string, { required: boolean; candidates: string[] }> = {
  'undionly.kpxe': {
    required: true,
    candidates: ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'],
  },
  'snponly.efi': {
    required: true,
    candidates: ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'],
  },
  'ipxe.efi': { required: false, candidates: ['/usr/lib/ipxe/ipxe.efi', '/usr/share/ipxe/ipxe-x86_64.efi'] },
  'shimx64.efi': {
    required: false,
    candidates: ['/usr/lib/shim/shimx64.efi.signed', '/boot/efi/EFI/BOOT/BOOTX64.EFI'],
  },
  'grubx64.efi': {
    required: false,
    candidates: [
      '/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
      ...VENDORS.map((vendor) => `/boot/efi/EFI/${vendor}/grubx64.efi`),
    ],
  },
  'snponly-arm64.efi': {
    required: false,
    candidates: ['/usr/lib/ipxe/snponly-arm64.efi', '/usr/share/ipxe/arm64-efi/snponly.efi'],
  },
  'shimaa64.efi': {
    required: false,
    candidates: ['/usr/lib/shim/shimaa64.efi.signed', '/boot/efi/EFI/BOOT/BOOTAA64.EFI'],
  },
  'grubaa64.efi': {
    required: false,
    candidates: [
      '/usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed',
      ...VENDORS.map((vendor) => `/boot/efi/EFI/${vendor}/grubaa64.efi`),
    ],
  },
};

/** What firmware with Secure Boot starts: shim by Microsoft's key, GRUB by the distribution's. */
export const SIGNED_LOADERS = ['shimx64.efi', 'grubx64.efi'] as const;

/** Files of the configuration that go before the usual places. */
export interface OwnLoaders {
  shim?: string | undefined;
  grub?: string | undefined;
}

/** Every loader that is there. @throws RackhandError loader-absent */
export async function loadLoaders(own: OwnLoaders = {}): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const [name, path] of await findLoaders(own)) found.set(name, await readFile(path));
  return found;
}

/** Name → path of every loader that this process may read. @throws RackhandError loader-absent */
export async function findLoaders(own: OwnLoaders = {}): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const given: Record<string, string | undefined> = { 'shimx64.efi': own.shim, 'grubx64.efi': own.grub };
  for (const [name, { required, candidates }] of Object.entries(LOADERS)) {
    const configured = given[name];
    const path = await firstReadable(configured === undefined ? candidates : [configured]);
    if (path !== undefined) found.set(name, path);
    else if (configured !== undefined) {
      throw new RackhandError('loader-absent', `${name}: ${configured} cannot be read`, 'correct the path');
    } else if (required) {
      const mend = 'install iPXE: apt install ipxe, or dnf install ipxe-bootimgs-x86';
      throw new RackhandError('loader-absent', `${name} not found in ${candidates.join(', ')}`, mend);
    }
  }
  return found;
}

async function firstReadable(candidates: string[]): Promise<string | undefined> {
  for (const path of candidates) {
    try {
      await access(path);
      return path;
    } catch {
      // the next one
    }
  }
  return undefined;
}
