import { describe, expect, it } from 'vitest';
import { qemuArguments } from '../../../../builder/trial/rack/qemu-arguments.ts';
import { macOf, NodeSpec, parseNode, uuidOf } from '../../../../builder/trial/rack/spec.ts';

const paths = {
  ...{ qmp: '/r/qmp.sock', serial: '/r/serial.sock', serialLog: '/r/serial.log', log: '/r/qemu.log' },
  ...{ disk: '/r/disk.qcow2', variables: '/r/variables.fd', channel: '/r/channel.sock' },
};
const uefi = { code: '/fw/CODE.fd', variables: '/fw/VARS.fd' };
const facts = (changes: object = {}) => ({
  ...{ qemu: '/usr/bin/qemu', accelerator: 'tcg' as const, uefi: undefined, paths, uuid: uuidOf(0) },
  ...{ macs: [macOf(0, 0)], taps: ['tap0-0'] },
  ...changes,
});

describe('QEMU of a machine', () => {
  it('BIOS: boots from its network card, then from its empty disk', () => {
    const node = NodeSpec.parse({ name: 'a', firmware: 'bios', disk: '8G', serialNumber: 'S-1' });
    expect(qemuArguments(node, facts())).toEqual([
      '/usr/bin/qemu',
      ...['-name', 'guest=a,debug-threads=off', '-machine', 'q35'],
      ...['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '1', '-m', '2560'],
      ...['-uuid', '7261636b-6861-4e64-8000-000000000001'],
      '-smbios',
      'type=1,manufacturer=Rackhand,product=Lab,uuid=7261636b-6861-4e64-8000-000000000001,serial=S-1',
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'std', '-boot', 'strict=on'],
      ...['-netdev', 'tap,id=net0,ifname=tap0-0,script=no,downscript=no'],
      ...['-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:4c:01:00,bootindex=1'],
      ...['-drive', 'if=none,id=disk0,format=qcow2,file=/r/disk.qcow2,discard=unmap'],
      ...['-device', 'virtio-blk-pci,drive=disk0,serial=a,bootindex=9'],
      ...['-device', 'virtio-rng-pci'],
      '-chardev',
      'socket,id=serial,path=/r/serial.sock,server=on,wait=off,logfile=/r/serial.log,logappend=on',
      ...['-serial', 'chardev:serial'],
      ...[
        '-chardev',
        'socket,id=qmp,path=/r/qmp.sock,server=on,wait=off',
        '-mon',
        'chardev=qmp,mode=control',
      ],
    ]);
  });
  it('UEFI: its own network boot, not the ROM of the card; variables of its own', () => {
    const argv = qemuArguments(NodeSpec.parse({ name: 'a', firmware: 'uefi' }), facts({ uefi }));
    expect(argv).toContain('virtio-net-pci,netdev=net0,mac=52:54:00:4c:01:00,romfile=,bootindex=1');
    expect(argv).toContain('if=pflash,unit=0,format=raw,readonly=on,file=/fw/CODE.fd');
    expect(argv).toContain('if=pflash,unit=1,format=raw,file=/r/variables.fd');
    expect(argv.join(' ')).not.toContain('smm');
  });
  it('Secure Boot needs system management mode, which guards the variables', () => {
    const argv = qemuArguments(NodeSpec.parse({ name: 'a', firmware: 'uefi-secure' }), facts({ uefi }));
    expect(argv).toContain('q35,smm=on');
    expect(argv).toContain('driver=cfi.pflash01,property=secure,value=on');
  });
  it('a medium goes before the network, and the network is not tried', () => {
    const node = NodeSpec.parse({ name: 'a', firmware: 'bios', iso: '/x.iso', nics: 2 });
    const argv = qemuArguments(node, facts({ macs: [macOf(0, 0), macOf(0, 1)], taps: ['tap0-0', 'tap0-1'] }));
    expect(argv).toContain('ide-cd,drive=cd0,bootindex=1');
    expect(argv.filter((a) => a.startsWith('virtio-net'))).toEqual([
      'virtio-net-pci,netdev=net0,mac=52:54:00:4c:01:00,romfile=',
      'virtio-net-pci,netdev=net1,mac=52:54:00:4c:01:01,romfile=',
    ]);
  });
  it('cards of another kind, of which BIOS boots the first by its own ROM', () => {
    const argv = qemuArguments(NodeSpec.parse({ name: 'a', firmware: 'bios', card: 'ne2k_pci' }), facts());
    expect(argv).toContain('ne2k_pci,netdev=net0,mac=52:54:00:4c:01:00,bootindex=1');
  });
  it('KVM where it works', () => {
    const argv = qemuArguments(
      NodeSpec.parse({ name: 'a', firmware: 'bios' }),
      facts({ accelerator: 'kvm' }),
    );
    expect(argv.slice(5, 9)).toEqual(['-accel', 'kvm', '-cpu', 'host']);
  });
});

describe('a node on the command line', () => {
  it('has defaults', () => {
    expect(parseNode('name=web-1,firmware=uefi')).toEqual({
      ...{ name: 'web-1', firmware: 'uefi', memory: 2560, cpus: 1, nics: 1 },
      card: 'virtio-net-pci',
    });
    expect(parseNode('name=a,firmware=bios,memory=4096,cpus=4,nics=2,disk=20G')).toMatchObject({
      ...{ memory: 4096, cpus: 4, nics: 2, disk: '20G' },
    });
  });
  it.each([
    ['name=a', 'firmware'],
    ['name=A b,firmware=bios', 'name'],
    ['name=a,firmware=coreboot', 'firmware'],
    ['name=a,firmware=bios,memory=lots', 'memory'],
    ['name=a,firmware=bios,memory=1', 'memory'],
    ['name=a,firmware=bios,disk=8', 'disk'],
    ['name=a,firmware=bios,colour=red', 'colour'],
    ['name=a,firmware=bios,iso=x.iso', 'iso'],
    ['', 'name'],
  ])('%j is refused for its %s', (text, field) => {
    expect(() => parseNode(text)).toThrow(
      expect.objectContaining({ code: 'node-invalid', message: expect.stringContaining(field) }),
    );
  });
});
