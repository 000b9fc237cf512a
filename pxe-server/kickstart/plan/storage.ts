import type { InstallStep } from '../../../builder/contract/install-plan.ts';
import type { Inventory } from '../../../builder/contract/inventory.ts';
import type { FileSystem, Raid, Sized, Storage } from '../document/shapes.ts';
import { isMember } from '../meaning/facts.ts';
import type { Disk } from './disks.ts';
import { layPartitions } from './partitions.ts';
import type { Refusals } from './refusal.ts';
import { advisedSwap, luksOffset, RAID_CHUNK, RAID_OFFSET, raidSize } from './sizes.ts';
import { layVolumes } from './volumes.ts';

/** A device that the plan makes, and what of it can be used. */
export interface Made {
  device: string;
  /** Bytes. */
  size: number;
}

/** What storage steps gather while they are laid out. */
export interface Laying {
  storage: Storage;
  inventory: Inventory;
  allowed: readonly Disk[];
  refusals: Refusals;
  steps: InstallStep[];
  /** By the name that others use: pv.01, raid.01. */
  members: Map<string, Made>;
  /** What gets a file system. */
  systems: { system: FileSystem; made: Made }[];
}

/** Labels, partitions, RAID devices, encryption, volume groups and volumes, each before what stands on it. */
export function layStorage(laying: Laying): void {
  layPartitions(laying);
  for (const raid of laying.storage.raids) layRaid(laying, raid);
  layVolumes(laying);
}

/** MiB that a partition or volume asks for; undefined when it does not say. */
export function wantedSize({ size, chosen }: Sized, memory: number): number | undefined {
  return size ?? (chosen ? advisedSwap(memory, chosen === 'hibernation') : undefined);
}

/** Encrypts what is to be, and hands it on as a member or to get a file system. */
export function handOn(laying: Laying, system: FileSystem, raw: Made): void {
  const made = encrypted(laying, system, raw);
  if (!made) return;
  if (isMember(system.mountpoint)) laying.members.set(system.mountpoint, made);
  else laying.systems.push({ system, made });
}

function encrypted(
  { refusals, steps }: Laying,
  { node, encryption }: FileSystem,
  raw: Made,
): Made | undefined {
  if (!encryption) return raw;
  const { passphrase, version: _, ...told } = encryption;
  const version = encryption.version ?? 'luks2';
  if (version !== 'luks1' && version !== 'luks2')
    return refusals.add(node, {
      ...{ code: 'not-compiled', message: `${version} is left to the drive`, field: 'luksVersion' },
      mend: 'use luks2',
    });
  if (passphrase === undefined)
    return refusals.add(node, {
      ...{
        code: 'passphrase-absent',
        message: 'nobody is there to ask for a passphrase',
        field: 'encrypted',
      },
      mend: 'add --passphrase',
    });
  const offset = luksOffset(version);
  const size = raw.size - offset;
  if (size <= 0)
    return refusals.add(node, {
      ...{
        code: 'space-short',
        message: `${raw.size} bytes less ${offset} for the LUKS header leave nothing`,
      },
      ...{ mend: 'give it more', field: 'size' },
    });
  const name = `luks-${raw.device.replaceAll('/', '-')}`;
  steps.push({
    ...{ do: 'encrypt', line: node.line.number, device: raw.device, name, version, dataOffset: offset },
    ...told,
    ...{ passphrase, size },
  });
  return { device: name, size };
}

function layRaid(laying: Laying, raid: Raid): void {
  const { refusals, steps, members } = laying;
  const { node, level, device, spares, existing } = raid;
  if (existing || !raid.format) return void refuseExisting(refusals, raid);
  const made = raid.members.flatMap((name) => members.get(name) ?? []);
  // A member that could not be laid out was told already.
  if (made.length < raid.members.length || level === undefined) return;
  const plain = level.replace('RAID', '').toLowerCase() as 'linear' | '0' | '1' | '4' | '5' | '6' | '10';
  const chunk = raid.chunk === undefined ? RAID_CHUNK : raid.chunk * 1024;
  const sizes = made.map((one) => one.size);
  // Metadata at the end where the firmware has to read: it takes each member for a plain partition.
  const metadata = raid.mountpoint === '/boot/efi' ? '1.0' : '1.2';
  const size = raidSize(plain, made.length - spares, Math.min(...sizes), chunk, sizes);
  if (!(size > 0)) {
    const message = `the smallest member, ${Math.min(...sizes)} bytes, holds no data beside ${RAID_OFFSET} bytes`;
    return void refusals.add(node, { code: 'space-short', message, mend: 'make the members larger' });
  }
  const path = `md/${device}`;
  steps.push({
    ...{
      do: 'raid',
      line: node.line.number,
      device: path,
      level: plain,
      members: made.map((one) => one.device),
    },
    ...{ spares, metadata, dataOffset: metadata === '1.0' ? 0 : RAID_OFFSET },
    ...(plain === '1' || plain === 'linear' ? {} : { chunk }),
    size,
  });
  handOn(laying, raid, { device: path, size });
}

/** A plan makes everything anew: what is kept would have to be looked at first. */
export function refuseExisting(refusals: Refusals, { node }: Pick<FileSystem, 'node'>): void {
  const message = 'a plan keeps nothing that is on the disks already';
  refusals.add(node, { code: 'not-compiled', message, mend: 'install it with the distribution’s installer' });
}
