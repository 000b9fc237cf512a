import { Inventory } from '../../../builder/contract/inventory.ts';

const GIB = 1024 ** 3;

/** A machine with two disks and three NICs; what a test wants otherwise goes over it. */
export function inventoryWith(over: Partial<Inventory> = {}): Inventory {
  const disk = (name: string, size: number, serial: string) => ({
    name,
    size,
    serial,
    model: 'DISK',
    rotational: false,
  });
  const nic = (name: string, mac: string, link: boolean) => ({
    name,
    mac,
    driver: 'virtio_net',
    pci: '',
    link,
  });
  return Inventory.parse({
    ...{ uuid: '', serial: '', vendor: '', product: '', firmware: 'uefi', secureBoot: false },
    ...{ cpu: { model: '', count: 2, flags: [] }, memory: 16 * 1024, kvm: true },
    disks: [disk('sda', 100 * GIB, 'SER1'), disk('sdb', 200 * GIB, 'SER2')],
    nics: [
      nic('eno1', '52:54:00:00:00:01', true),
      nic('eno2', '52:54:00:00:00:02', false),
      nic('eno3', '52:54:00:00:00:03', false),
    ],
    ...{ addresses: [], kernel: '', image: '', agent: '1' },
    ...over,
  });
}
