import { SECTOR } from '../../../builder/contract/install-plan.ts';

export const MIB = 1024 * 1024;
export const SECTORS_PER_MIB = MIB / SECTOR;

/** GPT: 34 sectors at either end (UEFI 2.10, 5.3.1); partitions begin at whole MiB, so the first MiB is the label's. */
export function usableSectors(diskBytes: number): { first: number; end: number } {
  const sectors = Math.floor(diskBytes / SECTOR);
  const end = Math.floor((sectors - 34) / SECTORS_PER_MIB) * SECTORS_PER_MIB;
  return { first: SECTORS_PER_MIB, end };
}

/**
 * Bytes of each member that are no data: before it with metadata 1.2, behind it with 1.0. Room for superblock and
 * write-intent bitmap; told to mdadm (--data-offset, --size), which would choose by itself else.
 */
export const RAID_OFFSET = 8 * MIB;
export const RAID_CHUNK = 512 * 1024;

/** Bytes of a RAID device by its level; components are cut to whole chunks (64 KiB where nothing is divided). */
export function raidSize(
  level: string,
  active: number,
  smallest: number,
  chunk: number,
  all: readonly number[],
): number {
  const unit = level === '1' || level === 'linear' ? 64 * 1024 : chunk;
  const component = (bytes: number) => Math.floor((bytes - RAID_OFFSET) / unit) * unit;
  const each = component(smallest);
  if (level === 'linear') return all.reduce((sum, bytes) => sum + component(bytes), 0);
  if (level === '0') return each * active;
  if (level === '1') return each;
  if (level === '10') return Math.floor(((each / chunk) * active) / 2) * chunk;
  return each * (active - (level === '6' ? 2 : 1));
}

/** LUKS 2 keeps 16 MiB before the data, LUKS 1 is told to keep 2. */
export const luksOffset = (version: 'luks1' | 'luks2') => (version === 'luks2' ? 16 : 2) * MIB;

/** LVM 2: the first MiB of a physical volume is its metadata; the rest is whole extents. */
export function extentsOf(bytes: number, extent: number): number {
  return Math.max(0, Math.floor((bytes - MIB) / extent));
}

export const THIN_CHUNK = 64 * 1024;

/** Bytes of metadata for a thin pool: 64 for each chunk (lvmthin(7)), 2 MiB at least, 16 GiB at most. */
export function thinMetadata(poolBytes: number, chunk: number): number {
  return Math.min(16 * 1024 * MIB, Math.max(2 * MIB, Math.ceil(poolBytes / chunk) * 64));
}

/** Bytes below which mkfs refuses: xfsprogs since 5.19; the others make what is small, too. */
export const LEAST_SYSTEM: Readonly<Record<string, number>> = { xfs: 300 * MIB };
/** Bytes of a label that mkfs takes. */
export const LONGEST_LABEL: Readonly<Record<string, number>> = {
  ...{ xfs: 12, ext2: 16, ext3: 16, ext4: 16, vfat: 11, swap: 15 },
};

/** MiB of swap for a memory in MiB, as Anaconda advises; for hibernation the memory has to fit too. */
export function advisedSwap(memory: number, hibernation: boolean): number {
  const gib = memory / 1024;
  const plain = gib < 2 ? 2 * memory : gib <= 8 ? memory : gib <= 64 ? Math.floor(memory / 2) : 4096;
  return hibernation ? plain + memory : plain;
}

/** For people: 1.5 GiB, 512 MiB. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(value >= 100 ? 0 : 1))} ${units[unit]}`;
}
