import type { Inventory } from '../../../builder/contract/inventory.ts';
import type { Document, Partition } from '../document/shapes.ts';
import type { CommandNode } from '../nodes.ts';
import type { Refusals } from './refusal.ts';

export type Disk = Inventory['disks'][number];

/** The disks that the kickstart lets an installer write to. */
export function allowedDisks({ storage }: Document, disks: readonly Disk[]): Disk[] {
  const { ignored, only } = storage;
  const named = (names: readonly string[]) => names.flatMap((name) => findDisk(name, disks) ?? []);
  const forbidden = named(ignored);
  return (only ? named(only) : disks).filter((disk) => disk.size > 0 && !forbidden.includes(disk));
}

/** By kernel name, or by udev's links: WWN, serial or place on the bus; one that several have names none of them. */
export function findDisk(name: string, disks: readonly Disk[]): Disk | undefined {
  const [, by, id] = /^disk\/by-(id|path)\/(.+)$/.exec(name) ?? [];
  if (id === undefined) return disks.find((disk) => disk.name === name);
  const found = disks.filter((disk) => (by === 'path' ? disk.path === id : hasId(disk, id)));
  return found.length === 1 ? found[0] : undefined;
}

/** wwn-0x5000…, nvme-eui.…, scsi-35000… (page 0x83, NAA), or anything that ends in the serial. */
function hasId({ wwn, serial }: Disk, id: string): boolean {
  if (wwn !== '' && [`wwn-${wwn}`, `nvme-${wwn}`, `scsi-3${wwn.replace(/^0x/, '')}`].includes(id))
    return true;
  const plain = serial.replace(/\s+/g, '_');
  return plain !== '' && (id === plain || id.endsWith(`_${plain}`) || id.endsWith(`-${plain}`));
}

/** The disk of a partition: the one it names, or the only one there is. */
export function diskOf(partition: Partition, allowed: readonly Disk[], refusals: Refusals): Disk | undefined {
  const { node, disk } = partition;
  const names = allowed.map(({ name }) => name).join(', ') || 'none';
  if (disk === undefined) {
    if (allowed.length === 1) return allowed[0];
    const message = `several disks could take it, or none: ${names}`;
    return refusals.add(node, {
      code: 'disk-ambiguous',
      message,
      mend: 'add --ondisk, or ignoredisk --only-use',
    });
  }
  const found = findDisk(disk, allowed);
  if (found) return found;
  const message = `the machine has no disk ${disk} that may be used; there is ${names}`;
  return refusals.add(node, { code: 'disk-absent', message, mend: 'name one of these', field: 'ondisk' });
}

/** Names that lead to no disk of the machine are a mistake wherever they stand. */
export function checkNames(
  { storage, bootloader }: Document,
  disks: readonly Disk[],
  refusals: Refusals,
): void {
  const absent = (node: CommandNode, field: string, names: readonly string[]) => {
    for (const name of names)
      if (!findDisk(name, disks))
        refusals.add(node, {
          ...{ code: 'disk-absent', message: `the machine has no disk ${name}`, field },
          mend: `it has ${disks.map((disk) => disk.name).join(', ') || 'none'}`,
        });
  };
  if (storage.clear) absent(storage.clear.node, 'drives', storage.clear.disks);
  if (bootloader?.drive) absent(bootloader.node, 'bootDrive', [bootloader.drive.replace(/^\/dev\//, '')]);
}
