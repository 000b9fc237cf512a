import type { Recipe } from '../recipe/schema.ts';

/**
 * mksquashfs for the root: 1 MiB blocks, everything dated by SOURCE_DATE_EPOCH, so that equal roots give
 * equal images.
 */
export function squashfsArguments(
  root: string,
  output: string,
  compression: Recipe['compression']['squashfs'],
  architecture: 'x86_64' | 'aarch64' = 'x86_64',
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
    // mksquashfs has filters for the machine code of x86 and of 32-bit ARM, none for arm64.
    ...(level === undefined
      ? architecture === 'x86_64'
        ? ['-Xbcj', 'x86']
        : []
      : ['-Xcompression-level', level]),
  ];
}
