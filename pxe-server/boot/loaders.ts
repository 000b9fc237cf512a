import { constants, readFile } from 'node:fs/promises';
import { RackhandError } from '../../builder/shared/errors.ts';
import { IPXE_MEND, IPXE_PLACES, SIGNED_PLACES } from '../../builder/shared/loader-places.ts';
import { firstPresent } from '../../builder/shared/present.ts';

/** Network boot loaders by the name machines ask for. */
const LOADERS: Record<string, { required: boolean; places: readonly string[] }> = {
  'undionly.kpxe': { required: true, places: IPXE_PLACES['undionly.kpxe'] },
  'snponly.efi': { required: true, places: IPXE_PLACES['snponly.efi'] },
  'ipxe.efi': { required: false, places: IPXE_PLACES['ipxe.efi'] },
  'snponly-arm64.efi': { required: false, places: IPXE_PLACES['snponly-arm64.efi'] },
  // On an ESP shim is the removable name too, whatever the vendor's folder.
  'shimx64.efi': {
    required: false,
    places: [SIGNED_PLACES.x86_64[0].shim, '/boot/efi/EFI/BOOT/BOOTX64.EFI'],
  },
  'shimaa64.efi': {
    required: false,
    places: [SIGNED_PLACES.aarch64[0].shim, '/boot/efi/EFI/BOOT/BOOTAA64.EFI'],
  },
  'grubx64.efi': { required: false, places: SIGNED_PLACES.x86_64.map(({ grub }) => grub) },
  'grubaa64.efi': { required: false, places: SIGNED_PLACES.aarch64.map(({ grub }) => grub) },
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
  for (const [name, { required, places }] of Object.entries(LOADERS)) {
    const configured = given[name];
    const path = await firstPresent(configured === undefined ? places : [configured], constants.R_OK);
    if (path !== undefined) found.set(name, path);
    else if (configured !== undefined) {
      throw new RackhandError('loader-absent', `${name}: ${configured} cannot be read`, 'correct the path');
    } else if (required) {
      throw new RackhandError('loader-absent', `${name} not found in ${places.join(', ')}`, IPXE_MEND.x86_64);
    }
  }
  return found;
}
