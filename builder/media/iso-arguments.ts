import { PLATFORMS, type Platform } from './platform.ts';

/** Argument lists for the boot loaders and the hybrid ISO; pure. */

/** In GRUB's core for BIOS; the rest of its modules is not on the medium. */
export const BIOS_MODULES = [
  ...['biosdisk', 'iso9660', 'fat', 'part_gpt', 'part_msdos', ...common()],
  ...['chain', 'drivemap', 'regexp'],
];

export function efiModules({ modules }: Platform): string[] {
  return ['iso9660', 'fat', 'part_gpt', 'part_msdos', 'efi_gop', ...modules, ...common()];
}

function common(): string[] {
  return [
    'normal',
    'configfile',
    'linux',
    'search',
    'search_label',
    'search_fs_file',
    'serial',
    'terminal',
    'echo',
    'test',
    'minicmd',
    'password_pbkdf2',
    'sleep',
    'reboot',
    'halt',
  ];
}

/** `stub`: the configuration inside, for a core that does not know where it came from. */
export function biosCoreArguments(tool: string, modules: string, output: string, stub?: string): string[] {
  return [
    tool,
    '--format=i386-pc',
    `--directory=${modules}`,
    `--output=${output}`,
    '--prefix=/boot/grub',
    ...(stub === undefined ? [] : [`--config=${stub}`]),
    ...BIOS_MODULES,
  ];
}

/** `stub` is the configuration inside: it finds the medium by its label. */
export function efiCoreArguments(
  tool: string,
  modules: string,
  stub: string,
  output: string,
  platform: Platform = PLATFORMS.x86_64,
): string[] {
  return [
    tool,
    `--format=${platform.grub}`,
    `--directory=${modules}`,
    `--output=${output}`,
    '--prefix=/boot/grub',
    `--config=${stub}`,
    ...efiModules(platform),
  ];
}

/** KiB for an ESP that holds `bytes`, with room for FAT itself; whole MiB. */
export function espKib(bytes: number): number {
  return Math.ceil((bytes + (1 << 18)) / (1 << 20)) * 1024;
}

export function espFormatArguments(image: string, kib: number): string[] {
  // The serial number would otherwise come from the clock.
  return [
    'mformat',
    '-i',
    image,
    '-C',
    '-T',
    String(kib * 2),
    '-h',
    '16',
    '-s',
    '32',
    '-v',
    'RACKHAND',
    '-N',
    '52484e44',
    '::',
  ];
}

export interface IsoArguments {
  label: string;
  tree: string;
  esp: string;
  /** Of GRUB for BIOS; undefined where no machine has one. */
  hybridMbr: string | undefined;
  output: string;
  /** Seconds; the time of everything on it, the root folder too, whatever the tree's files have. */
  epoch: number;
  /** Blocks behind the last file, for drives that read ahead of burned discs; virtual media need none. */
  padded: boolean;
}

/**
 * El Torito for BIOS (GRUB), where there is such, and UEFI (the appended ESP); the same ESP as a GPT partition and GRUB's
 * boot sector make it bootable from a USB stick.
 */
export function isoArguments(options: IsoArguments): string[] {
  const { label, tree, esp, hybridMbr, output, epoch, padded } = options;
  return [
    ...['xorriso', '-as', 'mkisofs', '-quiet', '-o', output, '-V', label],
    ...['-iso-level', '3', '-J', '-joliet-long', '-rational-rock', ...(padded ? [] : ['-no-pad'])],
    ...['--set_all_file_dates', `=${epoch}`],
    ...(hybridMbr === undefined ? [] : ['--grub2-mbr', hybridMbr]),
    ...['-partition_offset', '16', '-append_partition', '2', '0xef', esp, '-appended_part_as_gpt'],
    ...['-c', 'boot/boot.cat'],
    ...(hybridMbr === undefined ? [] : BIOS_ENTRY),
    ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot'],
    tree,
  ];
}

/** Of the boot catalog; another one follows. */
const BIOS_ENTRY = [
  ...['-b', 'boot/grub/bios.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
  ...['--grub2-boot-info', '-eltorito-alt-boot'],
];
