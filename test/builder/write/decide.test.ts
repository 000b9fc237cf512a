import { describe, expect, it } from 'vitest';
import type { RackhandError } from '../../../builder/shared/errors.ts';
import { assertWritable, describe as told, type WriteRequest } from '../../../builder/write/decide.ts';
import { type Device, parseDisk } from '../../../builder/write/disk.ts';

const MIB = 1 << 20;

function device(change: Partial<Device> = {}): Device {
  return {
    ...{ path: '/dev/sdb', type: 'disk', size: 8192 * MIB, removable: true, readOnly: false },
    ...{ transport: 'usb', model: 'Ultra Fit', serial: '4C53', fileSystem: undefined, label: undefined },
    ...{ mounts: [], children: [], ...change },
  };
}
const part = (change: Partial<Device> = {}) =>
  device({ path: '/dev/sdb1', type: 'part', fileSystem: 'vfat', ...change });

/** The code of the refusal, or "written". */
function verdict(disk: Device, request: Partial<WriteRequest> = {}): string {
  try {
    assertWritable(disk, { device: '/dev/sdb', bytes: 220 * MIB, reallyErase: undefined, ...request });
    return 'written';
  } catch (error) {
    return (error as RackhandError).code;
  }
}

describe('a disk to write to', () => {
  const fixed = { removable: false, transport: 'sata' };
  it.each<[string, Partial<Device>, Partial<WriteRequest>, string]>([
    ['a stick', {}, {}, 'written'],
    ['a stick with partitions that nobody uses', { children: [part(), part()] }, {}, 'written'],
    [
      'a stick with an old volume that is not active',
      { children: [part({ fileSystem: 'LVM2_member' })] },
      {},
      'written',
    ],
    ['a stick of just the size', { size: 220 * MIB }, {}, 'written'],
    ['a stick that is a byte too small', { size: 220 * MIB - 1 }, {}, 'disk-too-small'],
    ['a reader without a card', { size: 0 }, {}, 'disk-empty'],
    ['a stick with its switch on', { readOnly: true }, {}, 'disk-read-only'],
    ['a partition', { type: 'part' }, {}, 'disk-partition'],
    ['a volume', { type: 'lvm' }, {}, 'disk-partition'],
    ['a disc', { type: 'rom' }, {}, 'disk-partition'],
    ['a mounted stick', { mounts: ['/mnt'] }, {}, 'disk-in-use'],
    ['a mounted partition', { children: [part(), part({ mounts: ['/mnt'] })] }, {}, 'disk-in-use'],
    ['swap', { children: [part({ mounts: ['[SWAP]'] })] }, {}, 'disk-in-use'],
    ['an active volume', { children: [part({ children: [part({ type: 'lvm' })] })] }, {}, 'disk-in-use'],
    ['half of a RAID', { children: [device({ type: 'raid1', path: '/dev/md0' })] }, {}, 'disk-in-use'],
    [
      'an open encrypted disk',
      { children: [part({ children: [device({ type: 'crypt' })] })] },
      {},
      'disk-in-use',
    ],
    ['a path of a multipath device', { children: [device({ type: 'mpath' })] }, {}, 'disk-in-use'],
    ['a disk that is built in', fixed, {}, 'disk-fixed'],
    ['a disk that is built in, named twice', fixed, { reallyErase: '/dev/sdb' }, 'written'],
    ['two names', fixed, { reallyErase: '/dev/sda' }, 'disk-fixed'],
    ['two names, of a stick', {}, { reallyErase: '/dev/sda' }, 'disk-fixed'],
    ['a mounted disk, named twice', { ...fixed, mounts: ['/'] }, { reallyErase: '/dev/sdb' }, 'disk-in-use'],
    ['a disk too small, named twice', { ...fixed, size: MIB }, { reallyErase: '/dev/sdb' }, 'disk-too-small'],
  ])('%s', (_, change, request, expected) => {
    expect(verdict(device(change), request)).toBe(expected);
  });

  it('is told by model, serial, size and what lies on it', () => {
    expect(
      told(
        device({ children: [part({ label: 'PHOTOS' }), part({ path: '/dev/sdb2', fileSystem: 'ext4' })] }),
      ),
    ).toEqual([
      '/dev/sdb: Ultra Fit, serial 4C53, 8192.0 MiB, usb',
      'on it: /dev/sdb1 vfat "PHOTOS", /dev/sdb2 ext4',
    ]);
    expect(told(device({ model: undefined, serial: undefined }))[1]).toBe('on it: nothing that is known');
    expect(told(device({ children: [part({ fileSystem: undefined })] }))[1]).toBe('on it: 1 partition');
  });

  it('is refused with what it is and how to insist', () => {
    const wanted = { device: '/dev/sdb', bytes: 1, reallyErase: undefined };
    expect(() => assertWritable(device(fixed), wanted)).toThrow(/built in.*Ultra Fit, serial 4C53/);
    expect(() => assertWritable(device({ children: [part({ mounts: ['/a', '/b'] })] }), wanted)).toThrow(
      '/dev/sdb is in use: /dev/sdb1 is mounted at /a, /dev/sdb1 is mounted at /b',
    );
  });
});

describe('what lsblk tells', () => {
  const row = {
    path: '/dev/sdb',
    type: 'disk',
    size: 1,
    rm: true,
    ro: false,
    tran: 'usb',
    model: 'Ultra Fit ',
    serial: '',
  };
  it('of a disk with a partition', () => {
    const child = {
      ...row,
      path: '/dev/sdb1',
      type: 'part',
      fstype: 'vfat',
      label: null,
      mountpoints: [null],
    };
    const disk = parseDisk(JSON.stringify({ blockdevices: [{ ...row, children: [child] }] }));
    expect(disk).toMatchObject({ model: 'Ultra Fit', serial: undefined, mounts: [], removable: true });
    expect(disk.children).toMatchObject([{ path: '/dev/sdb1', fileSystem: 'vfat', mounts: [] }]);
  });
  it.each(['', 'null', '{"blockdevices":[]}', '{"blockdevices":[{"path":"/dev/sdb"}]}'])(
    'is not %j',
    (text) => {
      expect(() => parseDisk(text)).toThrow(expect.objectContaining({ code: 'disk-unknown' }));
    },
  );
});
