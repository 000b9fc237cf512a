import { expect, it } from 'vitest';
import { archiveArguments, squashfsArguments } from '../../../builder/image/arguments.ts';

const COMMON = ['-noappend', '-no-progress', '-no-exports', '-b', '1M'];
const OUTPUT = '/o/rootfs.squashfs';

it.each([
  ['zstd-3', ['-comp', 'zstd', '-Xcompression-level', '3']],
  ['zstd-19', ['-comp', 'zstd', '-Xcompression-level', '19']],
  ['xz', ['-comp', 'xz', '-Xbcj', 'x86']],
] as const)('mksquashfs with %s, of a folder or an archive', (compression, tail) => {
  const how = [...COMMON, ...tail];
  expect(squashfsArguments('/w/root', OUTPUT, compression)).toEqual([
    'mksquashfs',
    '/w/root',
    OUTPUT,
    ...how,
  ]);
  expect(archiveArguments(OUTPUT, compression)).toEqual([
    'mksquashfs',
    '-',
    OUTPUT,
    '-tar',
    '-no-tailends',
    ...how,
  ]);
});

it('the filter for machine code is of x86 alone', () => {
  const argv = squashfsArguments('/w/root', '/o/rootfs.squashfs', 'xz', 'aarch64');
  expect(argv.slice(-4)).toEqual(['-b', '1M', '-comp', 'xz']);
});
