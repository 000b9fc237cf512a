import type { Fleet } from '../contract/fleet.ts';
import { RackhandError } from '../shared/errors.ts';

/**
 * A machine with these network cards and nothing else, by vendor and device as `lspci -nn` has them: "8086:1521". Of
 * subsystem and revision nothing is known: a driver that looks at those does not answer.
 * @throws RackhandError pci-id-invalid
 */
export function cardsAsFleet(ids: readonly string[]): Fleet {
  return { hosts: [{ name: 'cards', modaliases: ids.map(modaliasOf) }] };
}

/** As the kernel writes it (file2alias.c), of class 02 00: Ethernet. */
function modaliasOf(id: string): string {
  const [, vendor, device] = /^([0-9A-F]{4}):([0-9A-F]{4})$/.exec(id.toUpperCase()) ?? [];
  if (vendor !== undefined && device !== undefined)
    return `pci:v0000${vendor}d0000${device}sv00000000sd00000000bc02sc00i00`;
  const mend = 'write vendor and device as lspci -nn has them: 8086:1521';
  throw new RackhandError('pci-id-invalid', `${id} is no PCI id`, mend);
}
