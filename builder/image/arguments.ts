import type { Recipe } from '../recipe/schema.ts';

/**
 * mksquashfs for the root: 1 MiB blocks, everything dated by SOURCE_DATE_EPOCH, so that equal roots give
 * equal images.
 */
export function squashfsArguments(
  root: string,
  output: string,
  compression: Recipe['compression']['squashfs'],
): string[] {
  const level = compression.startsWith('zstd-') ? compression.slice(5) : undefined;
  return [
    'mksquashfs',
    root,
    output,
    '-noappend',
    '-no-progress',
    '-no-exports',
    '-b',
    '1M',
    '-comp',
    level === undefined ? 'xz' : 'zstd',
    ...(level === undefined ? ['-Xbcj', 'x86'] : ['-Xcompression-level', level]),
  ];
}
