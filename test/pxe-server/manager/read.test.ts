import { expect, it } from 'vitest';
import {
  domainTypes,
  keyValues,
  nodeSummary,
  versionSummary,
  volumeNames,
} from '../../../pxe-server/manager/read.ts';

const guest = (arch: string, ...types: string[]) => `
  <guest>
    <os_type>hvm</os_type>
    <arch name='${arch}'>
      <wordsize>64</wordsize>
      <machine maxCpus='288'>pc-q35-7.2</machine>
      ${types.map((type) => `<domain type='${type}'/>`).join('\n      ')}
    </arch>
  </guest>`;
const capabilities = (...guests: string[]) =>
  `<capabilities><host><cpu><arch>x86_64</arch></cpu></host>${guests.join('')}</capabilities>`;

it.each([
  ['KVM and emulation', capabilities(guest('x86_64', 'qemu', 'kvm')), ['qemu', 'kvm']],
  ['emulation only', capabilities(guest('x86_64', 'qemu')), ['qemu']],
  ['KVM for 32 bits only', capabilities(guest('i686', 'kvm'), guest('x86_64', 'qemu')), ['qemu']],
  ['another architecture', capabilities(guest('aarch64', 'qemu', 'kvm')), []],
  [
    'a second emulator',
    capabilities(guest('x86_64', 'qemu'), guest('x86_64', 'qemu', 'kvm')),
    ['qemu', 'kvm'],
  ],
  ['no guests', capabilities(), []],
  ['nothing', '', []],
])('domain types: %s', (_name, text, expected) => {
  expect(domainTypes(text)).toEqual(expected);
});

it('values keep what follows the first colon; keys that every object has are only keys', () => {
  expect(keyValues('CPU model:           x86_64\n\nno colon\nTime: 10:20\nconstructor: own\n')).toEqual(
    Object.assign(Object.create(null), { 'CPU model': 'x86_64', Time: '10:20', constructor: 'own' }),
  );
});

it.each([
  [
    'CPU model:           x86_64\nCPU(s):              2\nCPU frequency:       2245 MHz\nMemory size:         2097152 KiB\n',
    '2 CPUs x86_64, 2048 MiB',
  ],
  ['CPU(s): 4\nMemory size: 3999 KiB\n', '4 CPUs, 3 MiB'],
  ['CPU(s): 4\nMemory size: much\n', '4 CPUs, memory unknown'],
  ['', '? CPUs, memory unknown'],
])('node: %j', (text, expected) => {
  expect(nodeSummary(text)).toBe(expected);
});

it.each([
  [
    'Compiled against library: libvirt 9.0.0\nUsing library: libvirt 9.0.0\nUsing API: QEMU 9.0.0\nRunning hypervisor: QEMU 7.2.22\nRunning against daemon: 9.0.0\n',
    'libvirt 9.0.0, QEMU 7.2.22',
  ],
  ['Running against daemon: 11.5.0\n', 'libvirt 11.5.0, hypervisor unknown'],
  ['', 'libvirt ?, hypervisor unknown'],
])('version: %j', (text, expected) => {
  expect(versionSummary(text)).toBe(expected);
});

it('volumes: a name and a path in each line', () => {
  const text =
    ' 00-disk.img     /var/lib/libvirt/images/rackhand-probe/00-disk.img\n 00-serial.log   /pool/00-serial.log\n\n';
  expect(volumeNames(text)).toEqual(['00-disk.img', '00-serial.log']);
  expect(volumeNames('')).toEqual([]);
});
