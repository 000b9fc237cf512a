import { count, size } from '../report/text.ts';
import { RackhandError } from '../shared/errors.ts';
import type { Device } from './disk.ts';

/** May an image be written to this disk? Pure. */

export interface WriteRequest {
  /** As the user named it. */
  device: string;
  /** Bytes of what is to be written. */
  bytes: number;
  /** The name given once more, for a disk that is built in. */
  reallyErase: string | undefined;
}

/** @throws RackhandError disk-partition | disk-empty | disk-read-only | disk-in-use | disk-too-small | disk-fixed */
export function assertWritable(disk: Device, { device, bytes, reallyErase }: WriteRequest): void {
  const refuse = (code: string, what: string, mend: string) => {
    throw new RackhandError(code, `${device} ${what}`, mend);
  };
  if (reallyErase !== undefined && reallyErase !== device)
    refuse(
      'disk-fixed',
      `and ${reallyErase} are two names`,
      'name the same disk twice, or leave --really-erase out',
    );
  if (disk.type !== 'disk' && disk.type !== 'loop')
    refuse(
      'disk-partition',
      `is no whole disk (${disk.type})`,
      'name the disk that it is on; lsblk shows it',
    );
  if (disk.size === 0) refuse('disk-empty', 'has no medium', 'put a stick or card in');
  if (disk.readOnly)
    refuse('disk-read-only', 'is write-protected', 'look for a switch on it, or use another');
  const uses = usesOf(disk);
  if (uses.length > 0)
    refuse(
      'disk-in-use',
      `is in use: ${uses.join(', ')}`,
      'unmount it and stop what uses it, or name another disk',
    );
  if (disk.size < bytes)
    refuse('disk-too-small', `has ${size(disk.size)}, and the image ${size(bytes)}`, 'use a larger one');
  if (!disk.removable && reallyErase === undefined)
    refuse(
      'disk-fixed',
      `is built in, and not a stick or card: ${describe(disk).join('; ')}`,
      `if this disk is to be erased, say so: --really-erase ${device}`,
    );
}

/** Mounts, swap, and what is stacked on the disk or its partitions: volumes, RAIDs, encrypted and multipath devices. */
function usesOf(disk: Device): string[] {
  const own = disk.mounts.map((mount) =>
    mount === '[SWAP]' ? `swap on ${disk.path}` : `${disk.path} is mounted at ${mount}`,
  );
  const stacked = disk.children.flatMap((child) => [
    ...(child.type === 'part' ? [] : [`${child.type} ${child.path}`]),
    ...usesOf(child),
  ]);
  return [...own, ...stacked];
}

/** Lines for a person who is about to lose what is on it. */
export function describe(disk: Device): string[] {
  const { model, serial, transport } = disk;
  const known = [model, serial && `serial ${serial}`, size(disk.size), transport].filter(Boolean);
  const things = [disk, ...disk.children].flatMap(({ path, fileSystem, label }) =>
    fileSystem ? [`${path} ${fileSystem}${label ? ` "${label}"` : ''}`] : [],
  );
  const empty =
    disk.children.length === 0 ? 'nothing that is known' : count(disk.children.length, 'partition');
  return [`${disk.path}: ${known.join(', ')}`, `on it: ${things.length > 0 ? things.join(', ') : empty}`];
}
