import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errno, RackhandError } from './errors.ts';

const MIB = 1 << 20;

/** Needs of several folders, added up where they share a file system. @throws RackhandError no-space */
export async function assertSpace(needs: readonly { path: string; bytes: number }[]): Promise<void> {
  const devices = new Map<number, { path: string; bytes: number }>();
  for (const need of needs) {
    const path = await existing(need.path);
    const device = (await stat(path)).dev;
    const sum = devices.get(device) ?? { path, bytes: 0 };
    devices.set(device, { path: sum.path, bytes: sum.bytes + need.bytes });
  }
  for (const { path, bytes } of devices.values()) {
    const { bavail, bsize } = await statfs(path);
    if (bavail * bsize < bytes) throw noSpace(path, `needs ${mib(bytes)}, ${mib(bavail * bsize)} are free`);
  }
}

/** The folder, or the nearest above it that is there: a dry run makes no catalog. */
async function existing(path: string): Promise<string> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = await stat(at).then(
      () => true,
      (error) => {
        if (errno(error) !== 'ENOENT') throw error;
        return false;
      },
    );
    if (found || at === dirname(at)) return at;
  }
}

export function noSpace(path: string, detail: string, cause?: unknown): RackhandError {
  return new RackhandError(
    'no-space',
    `no space on the file system of ${path}: ${detail}`,
    'free space there, or name other folders with --cache and --catalog',
    { cause },
  );
}

/** What tools and the kernel say when a disk is full. */
export const SPACE_FAULT =
  /No space left on device|ENOSPC|more space on the|Disk Requirements|Disk quota exceeded|disk full/i;

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}
