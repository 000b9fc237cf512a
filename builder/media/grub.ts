import { type ImageArguments, renderImageArguments } from '../contract/kernel-arguments.ts';
import { AREA } from './area.ts';
import { VARIABLES } from './host-area.ts';
import { PLATFORMS, type Platform } from './platform.ts';

/** GRUB's configuration on the media: pure, asserted literally in the tests. */

/** Where the image's files lie on the medium; LiveOS/squashfs.img is dracut's own choice. */
export const MEDIUM = {
  kernel: '/images/pxeboot/vmlinuz',
  initramfs: '/images/pxeboot/initrd.img',
  rootfs: '/LiveOS/squashfs.img',
  sums: '/SHA256SUMS',
} as const;

export interface MediumConfig {
  title: string;
  label: string;
  /** Without root=. */
  kernelArguments: readonly string[];
  /** What grub-mkpasswd-pbkdf2 makes of the recipe's key; without one there is no rescue shell. */
  rescue?: string | undefined;
  /** The image, where it does not lie on the medium. */
  fetched?: ImageArguments | undefined;
  platform?: Platform;
}

/** In the initramfs: compares what the medium holds with its SHA256SUMS before it starts. */
export const CHECK_ARGUMENT = 'rackhand.check';

/** A root shell before anything of the hypervisor starts; nobody has a password that sulogin could ask for. */
const RESCUE_ARGUMENTS = ['systemd.unit=rescue.target', 'systemd.setenv=SYSTEMD_SULOGIN_FORCE=1'];

/** Menu on screen and on the first serial port; the same file serves BIOS and UEFI. */
export function grubConfig(config: MediumConfig): string {
  const { title, label, kernelArguments, rescue, fetched, platform = PLATFORMS.x86_64 } = config;
  const root = fetched ? fetchedRoot(fetched, label) : [`root=live:CDLABEL=${label}`];
  // Last, so that what is said of the host wins.
  const own = [`$${VARIABLES.network}`, `$${VARIABLES.more}`];
  const start = (name: string, who: string, words: readonly string[]) => [
    `menuentry '${name}' ${who} {`,
    ...(fetched ? NO_SERVER : []),
    `  linux ${MEDIUM.kernel} ${[...root, ...words, ...own].join(' ')}`,
    `  initrd ${MEDIUM.initramfs}`,
    '}',
  ];
  const boot = (name: string, words: readonly string[]) => start(name, '--unrestricted', words);
  const verbose = ['rd.debug', 'systemd.show_status=1', 'loglevel=7'];
  return [
    'set default=0',
    'set timeout=3',
    // Signed GRUB has serial built in; the image made here too. A machine without the port ignores it.
    'serial --unit=0 --speed=115200',
    'terminal_input console serial',
    'terminal_output console serial',
    `search --no-floppy --set=root --label ${label}`,
    `source ($root)${AREA.path}`,
    ...(fetched ? [`if [ -z "$${VARIABLES.network}" ]; then set ${VARIABLES.network}=ip=dhcp; fi`] : []),
    ...(rescue === undefined ? [] : keyed(rescue)),
    ...boot(title, kernelArguments),
    ...boot(`${title}, serial console alone`, onSerial(kernelArguments, platform)),
    ...boot(`${title}, verbose`, [...kernelArguments, ...verbose]),
    ...(fetched ? [] : boot(`${title}, after a check of this medium`, [...kernelArguments, CHECK_ARGUMENT])),
    ...(rescue === undefined
      ? []
      : start('Rescue shell', '--users rescue', [...kernelArguments, ...RESCUE_ARGUMENTS])),
    ...(platform.bios ? LOCAL_DISK : NEXT_ENTRY),
    '',
  ].join('\n');
}

/** The service and any other server has the root by its digest: the medium knows no more of the image. */
function fetchedRoot(image: ImageArguments, label: string): string[] {
  return [
    `root=live:$${VARIABLES.images}/rootfs/${image.sha256}`,
    ...renderImageArguments(image),
    `rackhand.medium=${label}`,
    'rd.neednet=1',
  ];
}

const NO_SERVER = [
  `  if [ -z "$${VARIABLES.images}" ]; then`,
  "    echo 'This medium names no server that has its image.'",
  "    echo 'rackhand images media IMAGE --kind netiso --config FILE makes a copy that does.'",
  '    sleep 60',
  '  fi',
];

/** GRUB asks for the key before it changes an entry or gives its own command line, too. */
function keyed(rescue: string): string[] {
  return ['set superusers=rescue', `password_pbkdf2 rescue ${rescue}`];
}

/** The recipe's serial consoles, or the first port. */
function onSerial(words: readonly string[], platform: Platform): string[] {
  const serial = words.filter((word) => /^console=tty(S|AMA)/.test(word));
  const rest = words.filter((word) => !word.startsWith('console='));
  return [...rest, ...(serial.length > 0 ? serial : [`console=${platform.serial}`])];
}

/**
 * UEFI firmware goes on with its next boot entry. A BIOS cannot: the first disk is started that this medium is not
 * on, and as that disk's boot sector expects to be the first, they change numbers.
 */
const LOCAL_DISK = [
  "menuentry 'Local disk' --unrestricted {",
  '  if [ "$grub_platform" = efi ]; then exit; fi',
  '  if regexp "^hd0" "$root"; then',
  '    drivemap -s hd0 hd1',
  '    set root=hd1',
  '  else',
  '    set root=hd0',
  '  fi',
  '  chainloader +1',
  '}',
];

/** Where all firmware is UEFI. */
const NEXT_ENTRY = ["menuentry 'Local disk' --unrestricted {", '  exit', '}'];

/** On the EFI system partition: finds the medium and goes on with its configuration. */
export function grubStub(label: string): string {
  return [
    `search --no-floppy --set=root --label ${label}`,
    'set prefix=($root)/boot/grub',
    'configfile ($root)/boot/grub/grub.cfg',
    '',
  ].join('\n');
}
