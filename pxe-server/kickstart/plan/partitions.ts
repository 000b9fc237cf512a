import type { z } from 'zod';
import type { PartitionType } from '../../../builder/contract/install-plan.ts';
import type { Partition, Storage } from '../document/shapes.ts';
import { type Disk, diskOf, findDisk } from './disks.ts';
import { shareOut } from './grow.ts';
import { MIB, SECTORS_PER_MIB, sizeWords, usableSectors } from './sizes.ts';
import { handOn, type Laying, refuseExisting, wantedSize } from './storage.ts';

type Kind = z.infer<typeof PartitionType>;

/** Partitions in the order of the kickstart, whole MiB each, on new labels. */
export function layPartitions(laying: Laying): void {
  const { storage, allowed, refusals } = laying;
  const onDisk = new Map<Disk, Partition[]>();
  for (const partition of storage.partitions) {
    if (partition.type === 'tmpfs') continue;
    if (partition.existing !== undefined || !partition.format || partition.resize) {
      refuseExisting(refusals, partition);
      continue;
    }
    const disk = diskOf(partition, allowed, refusals);
    if (disk) onDisk.set(disk, [...(onDisk.get(disk) ?? []), partition]);
  }
  for (const [disk, partitions] of onDisk) layDisk(laying, disk, partitions);
  emptyOthers(laying, onDisk);
}

/** clearpart --all empties every disk that it may, with or without partitions to come. */
function emptyOthers({ storage, allowed, steps }: Laying, onDisk: ReadonlyMap<Disk, unknown>): void {
  const { clear } = storage;
  if (clear?.what !== 'all') return;
  for (const disk of allowed)
    if (!onDisk.has(disk) && isCleared(storage, disk, allowed))
      steps.push({ do: 'label-disk', line: clear.node.line.number, disk: disk.name, label: 'gpt' });
}

function isCleared({ clear }: Storage, disk: Disk, allowed: readonly Disk[]): boolean {
  if (!clear || !(clear.what === 'all' || (clear.what === undefined && clear.init))) return false;
  const named = clear.disks.map((name) => findDisk(name, allowed));
  // A name that leads to no disk is told already.
  return named.length === 0 || named.includes(disk) || named.includes(undefined);
}

function layDisk(laying: Laying, disk: Disk, partitions: readonly Partition[]): void {
  const { storage, inventory, refusals, steps } = laying;
  const { clear } = storage;
  const first = partitions[0]!.node;
  if (!isCleared(storage, disk, laying.allowed))
    return void refusals.add(clear?.node ?? first, {
      ...{
        code: 'label-absent',
        message: `${disk.name} is to get a new label, and nothing says that it may`,
      },
      mend: `add clearpart --all --initlabel --drives=${disk.name}`,
    });
  if (clear?.label !== undefined && clear.label !== 'gpt')
    return void refusals.add(clear.node, {
      ...{
        code: 'not-compiled',
        message: `a plan labels disks with GPT, not ${clear.label}`,
        field: 'disklabel',
      },
      mend: 'use --disklabel=gpt',
    });
  if (partitions.length > 128)
    return void refusals.add(first, {
      code: 'not-compiled',
      message: 'GPT has 128 partitions',
      mend: 'use volumes',
    });
  const { first: start, end } = usableSectors(disk.size);
  const total = Math.max(0, (end - start) / SECTORS_PER_MIB);
  const parts = partitions.map((partition) => ({
    size: wantedSize(partition, inventory.memory) ?? 1,
    limit: partition.maxsize,
    grow: partition.grow,
  }));
  const wanted = parts.reduce((sum, { size }) => sum + size, 0);
  if (wanted > total)
    return void refusals.add(partitions.at(-1)!.node, {
      code: 'space-short',
      message:
        `${disk.name} (${sizeWords(disk.size)}) has ${total} MiB for partitions, one and the end being the label’s; ` +
        `${parts.map(({ size }) => size).join(' + ')} = ${wanted} MiB are ${wanted - total} too many`,
      ...{ mend: 'make something smaller', field: 'size' },
    });
  steps.push({ do: 'label-disk', line: clear?.node.line.number ?? 0, disk: disk.name, label: 'gpt' });
  let at = start;
  const between = /\d$/.test(disk.name) ? 'p' : '';
  for (const [i, size] of shareOut(parts, total).entries()) {
    const partition = partitions[i]!;
    const device = `${disk.name}${between}${i + 1}`;
    const sectors = size * SECTORS_PER_MIB;
    steps.push({
      ...{ do: 'partition', line: partition.node.line.number, disk: disk.name, device, number: i + 1 },
      ...{ start: at, sectors, type: kindOf(partition, storage) },
    });
    at += sectors;
    handOn(laying, partition, { device, size: size * MIB });
  }
}

function kindOf({ mountpoint, type }: Partition, { raids }: Storage): Kind {
  if (mountpoint.startsWith('pv.')) return 'lvm';
  const efi = raids.find((raid) => raid.mountpoint === '/boot/efi');
  if (efi?.members.includes(mountpoint)) return 'efi';
  if (mountpoint.startsWith('raid.')) return 'raid';
  if (mountpoint === 'biosboot' || type === 'biosboot') return 'bios-boot';
  if (mountpoint === 'prepboot' || type === 'prepboot') return 'prep';
  if (mountpoint === '/boot/efi' || type === 'efi') return 'efi';
  return mountpoint === 'swap' || type === 'swap' ? 'swap' : 'linux';
}
