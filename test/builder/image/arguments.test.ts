import { expect, it } from 'vitest';
import { squashfsArguments } from '../../../builder/image/arguments.ts';

const COMMON = ['mksquashfs', '/w/root', '/o/rootfs.squashfs', '-noappend', '-no-progress', '-no-exports'];

it.each([
  ['zstd-3', ['-comp', 'zstd', '-Xcompression-level', '3']],
  ['zstd-19', ['-comp', 'zstd', '-Xcompression-level', '19']],
  ['xz', ['-comp', 'xz', '-Xbcj', 'x86']],
] as const)('mksquashfs with %s', (compression, tail) => {
  expect(squashfsArguments('/w/root', '/o/rootfs.squashfs', compression)).toEqual([
    ...COMMON,
    ...['-b', '1M'],
    ...tail,
  ]);
});

it('the filter for machine code is of x86 alone', () => {
  const argv = squashfsArguments('/w/root', '/o/rootfs.squashfs', 'xz', 'aarch64');
  expect(argv.slice(-4)).toEqual(['-b', '1M', '-comp', 'xz']);
});
