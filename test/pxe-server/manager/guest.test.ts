import { expect, it } from 'vitest';
import { domainXml, guestNames, isVolumeOfProbe, POOLS } from '../../../pxe-server/manager/guest.ts';
import { virshUri } from '../../../pxe-server/manager/virsh.ts';

it('every object of a probe carries its id', () => {
  expect(guestNames('0a1b')).toEqual({
    domain: 'rackhand-probe-0a1b',
    disk: '0a1b-disk.img',
    serial: '0a1b-serial.log',
  });
});

it('the domain boots from its disk, writes to its serial port and has nothing else', () => {
  expect(domainXml(guestNames('0a1b'), 'kvm')).toBe(`<domain type='kvm'>
  <name>rackhand-probe-0a1b</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features><acpi/></features>
  <cpu mode='host-passthrough'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/var/lib/libvirt/images/rackhand-probe/0a1b-disk.img'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='file'>
      <source path='/var/log/libvirt/rackhand-probe/0a1b-serial.log'/>
      <target port='0'/>
    </serial>
    <controller type='usb' model='none'/>
    <video><model type='none'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
`);
});

it('without KVM no processor is named: emulation has its own', () => {
  expect(domainXml(guestNames('0a1b'), 'qemu')).not.toContain('<cpu');
});

it('files lie where SELinux lets their writers write', () => {
  expect(POOLS.disk.path.startsWith('/var/lib/libvirt/images/')).toBe(true);
  expect(POOLS.serial.path.startsWith('/var/log/libvirt/')).toBe(true);
});

it.each([
  [
    { address: '192.0.2.1', pki: '/keys' },
    'qemu+tls://192.0.2.1/system?no_tty=1&no_sanity=1&pkipath=%2Fkeys',
  ],
  [
    { address: '2001:db8::1', pki: '/a b&c', port: 16515 },
    'qemu+tls://[2001:db8::1]:16515/system?no_tty=1&no_sanity=1&pkipath=%2Fa%20b%26c',
  ],
])('the connection %j', (target, expected) => {
  expect(virshUri(target)).toBe(expected);
});

it('knows the volumes of probes, and nobody else’s', () => {
  const { disk, serial } = guestNames('0a1b');
  expect([disk, serial].every(isVolumeOfProbe)).toBe(true);
  expect(['vm.qcow2', 'disk.img', '0a1b-disk.img.bak', '../0a1b-disk.img'].some(isVolumeOfProbe)).toBe(false);
});
