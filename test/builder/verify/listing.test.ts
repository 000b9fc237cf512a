import { expect, it } from 'vitest';
import { parseListing } from '../../../builder/verify/listing.ts';

it('a listing of unsquashfs: files, folders, links, devices, odd names', () => {
  const listing = parseListing(`\
drwxr-xr-x 0/0               257 2025-01-01 00:00 squashfs-root
lrwxrwxrwx 0/0                 7 2025-01-01 00:00 squashfs-root/bin -> usr/bin
drwxr-xr-x 0/0                 3 2025-01-01 00:00 squashfs-root/etc
-rwsr-xr-x 1000/1000          58 2025-01-01 00:00 squashfs-root/etc/a  b
-rw-r--r-- 0/0                 1 2025-01-01 00:00 squashfs-root/etc/a -> b
crw-rw-rw- 0/0             1,  3 2025-01-01 00:00 squashfs-root/etc/null
prw-r--r-- 0/0                 0 2025-01-01 00:00 squashfs-root/etc/fifo
`);
  expect([...listing]).toEqual([
    ['bin', { kind: 'link', size: 0 }],
    ['etc', { kind: 'directory', size: 0 }],
    ['etc/a  b', { kind: 'file', size: 58 }],
    ['etc/a -> b', { kind: 'file', size: 1 }],
    ['etc/null', { kind: 'other', size: 0 }],
    ['etc/fifo', { kind: 'other', size: 0 }],
  ]);
});

it.each(['Segmentation fault', '-rw-r--r-- 0/0 1 2025-01-01 00:00 elsewhere/etc/hosts', 'b'])(
  '%j is no line of a listing: nothing is passed over',
  (line) => {
    expect(() => parseListing(`${line}\n`)).toThrow(`unsquashfs says ${line}`);
  },
);
