import type { Document, Storage } from '../document/shapes.ts';
import { diskName } from '../document/storage.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode } from '../nodes.ts';
import { isKernelName } from './facts.ts';
import { tell } from './tell.ts';

interface Named {
  node: CommandNode;
  field: string;
  disk: string;
}

/** Disks that are named though they may not be used, or by names that do not last. */
export function diskFindings(document: Document): Finding[] {
  const named = namedDisks(document);
  return [...forbidden(document.storage, named), ...fleeting(named), ...clearsEverything(document.storage)];
}

function namedDisks({ storage, bootloader }: Document): Named[] {
  const { clear, partitions } = storage;
  return [
    ...(clear?.disks ?? []).map((disk) => ({ node: clear!.node, field: 'drives', disk })),
    ...partitions.flatMap(({ node, disk }) => (disk ? [{ node, field: 'ondisk', disk }] : [])),
    ...(bootloader?.drive
      ? [{ node: bootloader.node, field: 'bootDrive', disk: diskName(bootloader.drive) }]
      : []),
  ];
}

function forbidden({ ignored, only }: Storage, named: readonly Named[]): Finding[] {
  const forbids = new Set(ignored);
  const allows = only && new Set(only);
  const isOpen = only?.some((name) => !isPlain(name)) ?? true;
  return named
    .filter(({ disk }) => forbids.has(disk) || (!isOpen && isPlain(disk) && !allows!.has(disk)))
    .map(({ node, field, disk }) =>
      tell(node, {
        ...{ code: 'disk-ignored', message: `ignoredisk keeps the installer away from ${disk}`, field },
        mend: 'name the same disks in both',
      }),
    );
}

/** Names with | or * stand for several disks, and paths below /dev/disk may be any of them. */
const isPlain = (name: string) => !/[|*?[/]/.test(name);

function fleeting(named: readonly Named[]): Finding[] {
  const told = new Set<string>();
  return named.flatMap(({ node, field, disk }) => {
    if (!isKernelName(disk) || told.has(disk)) return [];
    told.add(disk);
    const message = `${disk} may be another disk at the next start`;
    const mend = 'name it by /dev/disk/by-id/… or by-path/…, or let a rule choose it';
    return [tell(node, { code: 'disk-by-kernel-name', message, mend, field, severity: 'risk' })];
  });
}

function clearsEverything({ clear, ignored, only }: Storage): Finding[] {
  if (clear?.what !== 'all' || clear.disks.length > 0 || ignored.length > 0 || only) return [];
  const message = 'every disk that the machine sees is emptied, network storage too';
  const mend = 'name the disks: --drives=…, or ignoredisk --only-use=…';
  return [tell(clear.node, { code: 'clears-every-disk', message, mend, field: 'what', severity: 'risk' })];
}
