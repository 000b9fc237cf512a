/** GRUB's configuration on the media: pure, asserted literally in the tests. */

/** Where the image's files lie on the medium; LiveOS/squashfs.img is dracut's own choice. */
export const MEDIUM = {
  kernel: '/images/pxeboot/vmlinuz',
  initramfs: '/images/pxeboot/initrd.img',
  rootfs: '/LiveOS/squashfs.img',
} as const;

export interface MediumConfig {
  title: string;
  label: string;
  /** Without root=. */
  kernelArguments: readonly string[];
}

/** Menu on screen and on the first serial port; the same file serves BIOS and UEFI. */
export function grubConfig({ title, label, kernelArguments }: MediumConfig): string {
  const boot = (name: string, extra: string[]) => [
    `menuentry '${name}' {`,
    `  linux ${MEDIUM.kernel} ${[`root=live:CDLABEL=${label}`, ...kernelArguments, ...extra].join(' ')}`,
    `  initrd ${MEDIUM.initramfs}`,
    '}',
  ];
  return [
    'set default=0',
    'set timeout=3',
    // Signed GRUB has serial built in; the image made here too. A machine without the port ignores it.
    'serial --unit=0 --speed=115200',
    'terminal_input console serial',
    'terminal_output console serial',
    `search --no-floppy --set=root --label ${label}`,
    ...boot(title, []),
    ...boot(`${title}, verbose`, ['rd.debug', 'systemd.show_status=1', 'loglevel=7']),
    '',
  ].join('\n');
}

/** On the EFI system partition: finds the medium and goes on with its configuration. */
export function grubStub(label: string): string {
  return [
    `search --no-floppy --set=root --label ${label}`,
    'set prefix=($root)/boot/grub',
    'configfile ($root)/boot/grub/grub.cfg',
    '',
  ].join('\n');
}
