/** Argument lists for the boot loaders and the hybrid ISO; pure. */

/** In GRUB's core for BIOS; the rest of its modules is not on the medium. */
export const BIOS_MODULES = [
  ...['biosdisk', 'iso9660', 'fat', 'part_gpt', 'part_msdos', ...common()],
  ...['chain', 'drivemap', 'regexp'],
];
export const EFI_MODULES = ['iso9660', 'fat', 'part_gpt', 'part_msdos', 'efi_gop', 'efi_uga', ...common()];

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
export function efiCoreArguments(tool: string, modules: string, stub: string, output: string): string[] {
  return [
    tool,
    '--format=x86_64-efi',
    `--directory=${modules}`,
    `--output=${output}`,
    '--prefix=/boot/grub',
    `--config=${stub}`,
    ...EFI_MODULES,
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
  hybridMbr: string;
  output: string;
  /** Blocks behind the last file, for drives that read ahead of burned discs; virtual media need none. */
  padded: boolean;
}

/**
 * El Torito for BIOS (GRUB) and UEFI (the appended ESP); the same ESP as a GPT partition and GRUB's boot
 * sector make it bootable from a USB stick.
 */
export function isoArguments({ label, tree, esp, hybridMbr, output, padded }: IsoArguments): string[] {
  return [
    ...['xorriso', '-as', 'mkisofs', '-quiet', '-o', output, '-V', label],
    ...['-iso-level', '3', '-J', '-joliet-long', '-rational-rock', ...(padded ? [] : ['-no-pad'])],
    ...['--grub2-mbr', hybridMbr, '-partition_offset', '16'],
    ...['-append_partition', '2', '0xef', esp, '-appended_part_as_gpt'],
    ...['-c', 'boot/boot.cat'],
    ...[
      '-b',
      'boot/grub/bios.img',
      '-no-emul-boot',
      '-boot-load-size',
      '4',
      '-boot-info-table',
      '--grub2-boot-info',
    ],
    ...['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'],
    tree,
  ];
}
