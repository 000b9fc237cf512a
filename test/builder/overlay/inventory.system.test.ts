import { afterEach, describe, expect, it } from 'vitest';
import { Disk, Inventory } from '../../../builder/contract/inventory.ts';
import { type DiskSpec, type Machine, type MachineSpec, makeMachine } from './machine.ts';
import { load, runScript, SHELLS } from './shell.ts';

let machine: Machine | undefined;
afterEach(() => machine?.remove());

async function inventoryOf(spec: MachineSpec, shell = SHELLS[0]![1]): Promise<Inventory> {
  machine = await makeMachine(spec);
  const script = `set -u\n${load('base', 'identity', 'network')}mkdir -p "$RUN"\ninventory\n`;
  const { stdout } = await runScript(['unshare', '--net', ...shell], script, { RACKHAND_ROOT: machine.root });
  return Inventory.parse(JSON.parse(stdout));
}

const NOT_KNOWN = { wwn: '', transport: '', path: '' };
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe.each(SHELLS)('the inventory that %s makes', (_name, shell) => {
  it('of a BIOS machine', async () => {
    const found = await inventoryOf(
      {
        files: {
          'sys/bus/pci/devices/0000:01:00.0/modalias': 'pci:v00008086d00001521sv*\n',
          'sys/bus/pci/devices/0000:01:00.1/modalias': 'pci:v00008086d00001521sv*\n',
          'sys/bus/cpu/devices/cpu0/uevent': 'DRIVER=processor\nMODALIAS=cpu:type:x86,ven0000\n',
          'sys/class/dmi/id/modalias': 'dmi:bvnDell\u00ae:\n',
        },
        dmi: {
          product_uuid: '4C4C4544-0042-3510-8051-B4C04F4A4E31\n',
          product_serial: '  B5QQJN1  \n',
          sys_vendor: latin1('Fujitsu Gm\xfcbH\xae\n'),
          product_name: latin1('Power\tEdge\x00 "R640" \\ $(id) `id`\x1b[31m\n'),
        },
        cpuinfo: [0, 1]
          .map(
            (n) =>
              `processor\t: ${n}\nvendor_id\t: X\nmodel name\t: Intel(R) Xeon(R)\u00ae: 2.10GHz\nflags\t\t: fpu vmx  ${'x'.repeat(40)}\n\n`,
          )
          .join(''),
        memory: 16318212,
        disks: [
          {
            name: 'sda',
            sectors: 937703088,
            rotational: true,
            model: 'WDC WD40EFRX-68N  \n',
            vpd80: latin1('\x00\x80\x00\x08  WX41D75\x07\n'),
          },
          { name: 'cciss!c0d0', sectors: 1 },
          { name: 'sr0', sectors: 100 },
          { name: 'loop0', sectors: 100 },
          { name: 'dm-0', sectors: 100 },
          { name: 'sdb', sectors: 0 },
          { name: 'sdc' },
        ],
        nics: [
          {
            name: 'eno1',
            mac: '52:54:00:00:00:01',
            carrier: true,
            device: { bus: 'pci', vendor: '8086', product: '1521', driver: 'igb' },
          },
          {
            name: 'eno2',
            mac: '52:54:00:00:00:02',
            carrier: null,
            device: { bus: 'pci', vendor: '8086', product: '1521' },
          },
          { name: 'br0', mac: '52:54:00:00:00:03', carrier: true },
          {
            name: 'ib0',
            mac: '80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:31:78:f1',
            device: { bus: 'pci', vendor: '15b3', product: '1003' },
          },
        ],
      },
      shell,
    );
    expect(found).toEqual({
      uuid: '4C4C4544-0042-3510-8051-B4C04F4A4E31',
      serial: 'B5QQJN1',
      vendor: 'Fujitsu GmbH',
      product: 'PowerEdge "R640" \\ $(id) `id`[31m',
      firmware: 'bios',
      secureBoot: false,
      cpu: { model: 'Intel(R) Xeon(R): 2.10GHz', count: 2, flags: ['fpu', 'vmx'] },
      memory: 15935,
      kvm: true,
      disks: [
        { name: 'cciss!c0d0', size: 512, rotational: false, model: '', serial: '', ...NOT_KNOWN },
        {
          ...{
            name: 'sda',
            size: 480103981056,
            rotational: true,
            model: 'WDC WD40EFRX-68N',
            serial: 'WX41D75',
          },
          ...NOT_KNOWN,
        },
      ],
      nics: [
        { name: 'eno1', mac: '52:54:00:00:00:01', driver: 'igb', pci: '8086:1521', link: true },
        { name: 'eno2', mac: '52:54:00:00:00:02', driver: '', pci: '8086:1521', link: false },
      ],
      addresses: [],
      modaliases: ['cpu:type:x86,ven0000', 'dmi:bvnDell:', 'pci:v00008086d00001521sv*'],
      kernel: '5.14.0-570.el9.x86_64',
      image: '0123456789abcdef',
      agent: '0.1.0',
    });
  });
  it('of a UEFI machine', async () => {
    const found = await inventoryOf(
      {
        efi: { secureBoot: true },
        kvm: false,
        disks: [
          {
            name: 'nvme0n1',
            sectors: 8,
            model: 'Samsung  PM9A3',
            serial: { at: 'device/serial', text: 'S64GNE0  \n' },
          },
          { name: 'nvme0c1n1', sectors: 8, hidden: true },
          { name: 'vda', sectors: 16, serial: { at: 'serial', text: 'disk-1' } },
        ],
        nics: [
          {
            name: 'enp1s0',
            mac: '52:54:00:00:00:01',
            carrier: true,
            device: { bus: 'virtio', vendor: '1af4', product: '1041', driver: 'virtio_net' },
          },
          {
            name: 'enx0',
            mac: '52:54:00:00:00:02',
            carrier: false,
            device: { bus: 'usb', vendor: '0bda', product: '8153', driver: 'r8152' },
          },
        ],
      },
      shell,
    );
    expect(found).toMatchObject({
      ...{ uuid: '', serial: '', vendor: '', product: '' },
      ...{ firmware: 'uefi', secureBoot: true, kvm: false },
      disks: [
        { name: 'nvme0n1', size: 4096, model: 'Samsung PM9A3', serial: 'S64GNE0' },
        { name: 'vda', size: 8192, model: '', serial: 'disk-1' },
      ],
      nics: [
        { name: 'enp1s0', driver: 'virtio_net', pci: '1af4:1041', link: true },
        { name: 'enx0', driver: 'r8152', pci: '', link: false },
      ],
    });
  });
});

type Known = Pick<Inventory['disks'][number], 'wwn' | 'transport' | 'path'>;
const SCSI = 'host0/target0:0:0/0:0:0:0';
const onBus: [what: string, disk: Partial<DiskSpec>, known: Partial<Known>][] = [
  [
    'SATA, as udev knows it',
    {
      device: `pci0000:00/0000:00:1f.2/ata1/${SCSI}`,
      udev: [
        'S:disk/by-id/ata-X',
        'E:ID_PATH=pci-0000:00:1f.2-ata-1',
        'E:ID_WWN=0x5000c500a1b2c3d4',
        'G:seat',
      ],
      wwid: { at: 'device/wwid', text: 't10.ATA     X' },
      procName: 'ahci',
    },
    { transport: 'sata', wwn: '0x5000c500a1b2c3d4', path: 'pci-0000:00:1f.2-ata-1' },
  ],
  [
    'a logical unit, whose WWN is long',
    { udev: ['E:ID_WWN=0x6001405aaaaaaaaa', 'E:ID_WWN_WITH_EXTENSION=0x6001405aaaaaaaaabbbbbbbbbbbbbbbb'] },
    { wwn: '0x6001405aaaaaaaaabbbbbbbbbbbbbbbb' },
  ],
  [
    'SAS, without udev',
    {
      device: 'pci0000:00/0000:03:00.0/host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0',
      wwid: { at: 'device/wwid', text: 'naa.5000c500a1b2c3d4' },
    },
    { transport: 'sas', wwn: '0x5000c500a1b2c3d4' },
  ],
  ['NVMe', { wwid: { at: 'wwid', text: 'eui.0025385b11b12345' } }, { wwn: 'eui.0025385b11b12345' }],
  ['NVMe by its path', { device: 'pci0000:00/0000:01:00.0/nvme/nvme0' }, { transport: 'nvme' }],
  [
    'NVMe that the kernel may reach by several paths',
    { name: 'nvme0n1', device: 'virtual/nvme-subsystem/nvme-subsys0' },
    { transport: 'nvme' },
  ],
  [
    'an old controller',
    { device: `pci0000:00/0000:00:01.1/ata1/${SCSI}`, procName: 'ata_piix' },
    { transport: 'ata' },
  ],
  ['a disk on USB', { device: `pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/${SCSI}` }, { transport: 'usb' }],
  ['virtio', { device: 'pci0000:00/0000:00:04.0/virtio1' }, { transport: 'virtio' }],
  ['virtio SCSI', { device: `pci0000:00/0000:00:04.0/virtio1/${SCSI}` }, { transport: '' }],
  ['iSCSI', { device: 'platform/host7/session1/target7:0:0/7:0:0:1' }, { transport: 'iscsi' }],
  [
    'Fibre Channel',
    { device: 'pci0000:00/0000:05:00.0/host1/rport-1:0-2/target1:0:0/1:0:0:0' },
    { transport: 'fc' },
  ],
  ['an id that is none', { wwid: { at: 'device/wwid', text: 't10.ATA     WDC' } }, { wwn: '' }],
  ['what is no word', { udev: ['E:ID_WWN=0x5\t"$(id)', 'E:ID_PATH=pci 1'] }, { wwn: '', path: '' }],
  ['what is too long', { udev: [`E:ID_PATH=${'p'.repeat(129)}`] }, { path: '' }],
];

describe.each(SHELLS)('where a disk hangs, by %s', (_name, shell) => {
  it.each(onBus)('%s', async (_what, disk, known) => {
    const { disks } = await inventoryOf({ disks: [{ name: 'sda', sectors: 8, ...disk }] }, shell);
    expect(disks[0]).toMatchObject(known);
  });
});

it('an inventory of an older agent says nothing of it', () => {
  const { wwn, transport, path } = Disk.parse({
    name: 'sda',
    size: 1,
    model: '',
    serial: '',
    rotational: true,
  });
  expect({ wwn, transport, path }).toEqual(NOT_KNOWN);
});

describe('an inventory', () => {
  it.each([
    ['off', { secureBoot: false }],
    ['not told', { secureBoot: null }],
  ])('of a UEFI machine with Secure Boot %s', async (_name, efi) => {
    expect(await inventoryOf({ efi })).toMatchObject({ firmware: 'uefi', secureBoot: false });
  });
  it('of a processor that names neither model nor flags', async () => {
    const cpuinfo = 'processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n\nprocessor\t: 1\n';
    expect((await inventoryOf({ cpuinfo })).cpu).toEqual({ model: '', count: 2, flags: [] });
    await machine?.remove();
    expect((await inventoryOf({ cpuinfo: '' })).cpu).toEqual({ model: '', count: 1, flags: [] });
  });
  it.each([
    ['no description', '', ''],
    ['a spoilt one', '{"image":', ''],
    ['its id', '{"id":"fedcba9876543210","image":"0"}', 'fedcba9876543210'],
    ['an id that is too long', `{"image":"${'a'.repeat(99)}"}`, 'a'.repeat(64)],
  ])('of an image with %s', async (_name, imageJson, image) => {
    expect((await inventoryOf({ imageJson })).image).toBe(image);
  });
  it('leaves out what exists for guests', async () => {
    const device = { bus: 'pci', vendor: '8086', product: '1889' } as const;
    const nics = [
      { name: 'eno1', mac: '52:54:00:00:00:01', device },
      { name: 'eno1v0', mac: '52:54:00:00:00:02', device: { ...device, virtual: true } },
    ];
    expect((await inventoryOf({ nics })).nics.map((nic) => nic.name)).toEqual(['eno1']);
  });
});
