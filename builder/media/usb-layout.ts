import { sha256 } from '../shared/ids.ts';

/** Where things lie on the USB disk image: pure. A sector has 512 bytes. */

export const SECTOR = 512;
const MIB = (1 << 20) / SECTOR;

/** What the host looks for on the disk that it was booted from. */
export const STATE_NAME = 'rackhand-state';
export const STATE_LABEL = 'RACKHAND-STATE';
/** MiB in the file; on the stick it grows. What is kept of a host are some hundred KiB. */
const STATE_MIB = 32;

export interface Partition {
  name: string;
  /** GUID of what it is for (UEFI 2.10 table 5.7; GRUB's and Linux's own). */
  type: string;
  guid: string;
  /** Sectors. */
  start: number;
  size: number;
}

export interface UsbLayout {
  guid: string;
  /** In this order; the last one grows. The first is for machines with a BIOS. */
  bios?: Partition;
  esp: Partition;
  image: Partition;
  state: Partition;
  /** Sectors of the whole disk. */
  size: number;
}

/**
 * @param needs MiB of the EFI system partition and of the image's; `key` makes the GUIDs the image's own
 * @param bios a place for GRUB's core for BIOS
 */
export function usbLayout(key: string, needs: { esp: number; image: number }, bios = true): UsbLayout {
  let next = MIB;
  const place = (name: string, type: string, mib: number): Partition => {
    const start = next;
    next += mib * MIB;
    return { name, type, guid: guidOf(`${key} ${name}`), start, size: mib * MIB };
  };
  return {
    guid: guidOf(`${key} disk`),
    ...(bios ? { bios: place('rackhand-bios', '21686148-6449-6E6F-744E-656564454649', 1) } : {}),
    esp: place('rackhand-esp', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', needs.esp),
    image: place('rackhand-image', '0FC63DAF-8483-4772-8E79-3D69D8477DE4', needs.image),
    state: place(STATE_NAME, '0FC63DAF-8483-4772-8E79-3D69D8477DE4', STATE_MIB),
    // The second copy of the table lies at the end.
    size: next + MIB,
  };
}

/** UUID of version 8 (RFC 9562 section 5.8): the same inputs give the same disk. */
export function guidOf(name: string): string {
  const hex = sha256(name).toUpperCase();
  const at = (from: number, to: number) => hex.slice(from, to);
  return [at(0, 8), at(8, 12), `8${at(13, 16)}`, `8${at(17, 20)}`, at(20, 32)].join('-');
}

/** MiB of a FAT file system for these files (bytes each): clusters of at most 64 KiB, two tables, directories. */
export function fatMib(sizes: readonly number[]): number {
  const cluster = 1 << 16;
  const clusters = sizes.reduce((sum, size) => sum + Math.ceil(size / cluster) + 1, 0);
  return Math.ceil((clusters * cluster * 1.01) / (1 << 20)) + 4;
}

/** For sfdisk(8): GPT with a protective MBR. */
export function partitionScript({ guid, bios, esp, image, state }: UsbLayout): string {
  const rows = [...(bios ? [bios] : []), esp, image, state].map(
    ({ name, type, guid, start, size }) =>
      `start=${start}, size=${size}, type=${type}, uuid=${guid}, name="${name}"`,
  );
  return ['label: gpt', `label-id: ${guid}`, 'unit: sectors', '', ...rows, ''].join('\n');
}
