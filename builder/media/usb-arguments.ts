import { type Partition, SECTOR, STATE_LABEL } from './usb-layout.ts';

/** Argument lists for what lies on the USB disk image; pure. */

/** A file and where in it the partition begins, as mtools takes it. */
export function fatAt(disk: string, { start }: Partition): string {
  return `${disk}@@${start * SECTOR}`;
}

/** FAT16 or FAT32 by size; `serial` are 8 hex digits. */
export function fatFormatArguments(
  disk: string,
  partition: Partition,
  label: string,
  serial: string,
): string[] {
  return [
    ...['mformat', '-i', fatAt(disk, partition), '-T', String(partition.size), '-h', '16', '-s', '32'],
    ...['-H', String(partition.start), '-v', label, '-N', serial, '::'],
  ];
}

/** What kernels and tools since EL8 know; newer ones of the build host would be refused there. */
const FEATURES =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum';

/** Room in the tables for 4 TiB, so that it grows in place. */
const MOST_BLOCKS = 1 << 30;

/** An empty ext4 without anything of this machine's clock, users or settings (with MKE2FS_CONFIG=/dev/null). */
export function stateFormatArguments(disk: string, { start, size, guid }: Partition): string[] {
  const options = [
    ...[`offset=${start * SECTOR}`, `hash_seed=${guid}`, `resize=${MOST_BLOCKS}`],
    ...['root_owner=0:0', 'lazy_itable_init=0', 'lazy_journal_init=0', 'nodiscard'],
  ];
  return [
    ...['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', '-i', '65536', '-m', '0'],
    ...['-J', 'size=4', '-O', FEATURES, '-U', guid, '-L', STATE_LABEL, '-E', options.join(',')],
    ...[disk, String((size * SECTOR) / 4096)],
  ];
}
