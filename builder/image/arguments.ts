import type { Architecture } from '../contract/architecture.ts';
import type { Recipe } from '../recipe/schema.ts';

type Compression = Recipe['compression']['squashfs'];

/**
 * mksquashfs for the root: 1 MiB blocks, everything dated by SOURCE_DATE_EPOCH, so that equal roots give
 * equal images.
 */
export function squashfsArguments(
  root: string,
  output: string,
  compression: Compression,
  architecture: Architecture = 'x86_64',
): string[] {
  return ['mksquashfs', root, output, ...packing(compression, architecture)];
}

/** The same for a tar archive on standard input, of which it takes nothing for the root folder itself (since 4.5); it would
 * pack the ends of large files together, which a folder's are not. */
export function archiveArguments(
  output: string,
  compression: Compression,
  architecture: Architecture = 'x86_64',
): string[] {
  return ['mksquashfs', '-', output, '-tar', '-no-tailends', ...packing(compression, architecture)];
}

/** Appends an empty folder, which gives the root folder its mode, owner, time and attributes. */
export function rootFolderArguments(folder: string, output: string): string[] {
  return ['mksquashfs', folder, output, '-no-progress', '-no-recovery'];
}

function packing(compression: Compression, architecture: Architecture): string[] {
  const level = compression.startsWith('zstd-') ? compression.slice(5) : undefined;
  return [
    ...['-noappend', '-no-progress', '-no-exports', '-b', '1M'],
    ...['-comp', level === undefined ? 'xz' : 'zstd'],
    // mksquashfs has filters for the machine code of x86 and of 32-bit ARM, none for arm64.
    ...(level === undefined
      ? architecture === 'x86_64'
        ? ['-Xbcj', 'x86']
        : []
      : ['-Xcompression-level', level]),
  ];
}
