import type { Inventory } from '../../../builder/contract/inventory.ts';

/** A two-socket server as its agent describes it. */
export function inventory(change: Partial<Inventory> = {}): Inventory {
  return {
    uuid: '4c4c4544-0042-4a10-8054-b4c04f4d4e31',
    serial: 'S1',
    vendor: 'Example Systems',
    product: 'R-1000',
    firmware: 'uefi',
    secureBoot: true,
    cpu: { model: 'EPYC 9354 32-Core Processor', count: 128, flags: ['svm', 'npt'] },
    memory: 786432,
    kvm: true,
    disks: [
      {
        ...{ name: 'nvme0n1', size: 1920383410176, model: 'NVMe 1.92T', serial: 'D1', rotational: false },
        ...{ wwn: 'eui.0025385b11b12345', transport: 'nvme', path: 'pci-0000:01:00.0-nvme-1' },
      },
      {
        ...{ name: 'sda', size: 16000900661248, model: 'SAS 16T', serial: 'D2', rotational: true },
        ...{ wwn: '0x5000c500a1b2c3d4', transport: 'sas', path: 'pci-0000:03:00.0-sas-phy0-lun-0' },
      },
    ],
    nics: [
      { name: 'eno1', mac: '52:54:00:00:00:01', driver: 'ixgbe', pci: '8086:1528', link: true },
      { name: 'eno2', mac: '52:54:00:00:00:f2', driver: 'ixgbe', pci: '8086:1528', link: false },
    ],
    addresses: ['192.0.2.101', '2001:db8::101'],
    modaliases: ['pci:v00008086d00001528sv00008086sd00000001bc02sc00i00'],
    kernel: '6.1.0-56.amd64',
    image: '0123456789abcdef',
    agent: '1',
    ...change,
  };
}
