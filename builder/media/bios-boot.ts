import { SECTOR } from './usb-layout.ts';

/**
 * GRUB for BIOS on a disk with GPT: what grub-bios-setup writes, without a device to write to. Offsets are those of
 * GRUB's include/grub/i386/pc/boot.h. Pure.
 */

/** Where the boot sector keeps the sector of what it loads, and the test of the drive's number. */
const KERNEL_SECTOR = 0x5c;
const DRIVE_CHECK = 0x66;
/** What of the boot sector is code; disk signature and partitions follow. */
const CODE = 440;
/** Last block list of the core's first sector: where the rest of the core lies. */
const BLOCK_LIST = SECTOR - 12;

/** The code of boot.img for a core at `sector`. */
export function bootCode(bootImage: Uint8Array, sector: number): Uint8Array {
  const code = Buffer.from(bootImage.subarray(0, CODE));
  code.writeBigUInt64LE(BigInt(sector), KERNEL_SECTOR);
  // Two times nop: some BIOSes name a floppy drive when they boot from a disk.
  code.writeUInt16LE(0x9090, DRIVE_CHECK);
  return code;
}

/** The core that grub-mkimage made, for a place that begins at `sector`. */
export function placedCore(core: Uint8Array, sector: number): Uint8Array {
  const placed = Buffer.from(core);
  placed.writeBigUInt64LE(BigInt(sector + 1), BLOCK_LIST);
  return placed;
}
