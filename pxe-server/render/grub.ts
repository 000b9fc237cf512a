import type { Boot } from './command-line.ts';
import { plain } from './ipxe.ts';

/**
 * grub.cfg for a machine whose loader is GRUB (Secure Boot: shim and the distribution's GRUB, which has no
 * HTTP client): kernel and initramfs come by TFTP from where GRUB itself came, the root by HTTP.
 */
export function renderGrub({ title, kernel, initramfs, commandLine }: Boot): string {
  return `set timeout=0
menuentry ${quote(plain(title))} {
  linux ${kernel} ${commandLine.map(quote).join(' ')}
  initrd ${initramfs}
}
`;
}

/** grub.cfg that shows why nothing boots, and restarts after a minute. */
export function renderGrubMessage(code: string, why: string): string {
  return `echo ${quote(`Rackhand: this machine does not boot [${code}]: ${plain(why)}`)}
sleep 60
reboot
`;
}

/** grub.cfg for what has its own system: hand back to the firmware, which tries its next device. */
export function renderGrubLocal(why: string): string {
  return `echo ${quote(`Rackhand: ${plain(why)}; booting from its own disk`)}
exit
`;
}

/** Single quotes keep GRUB from expanding anything; none may be inside, nor a second line. */
function quote(text: string): string {
  return `'${text.replace(/['\0-\x1f\x7f]/g, ' ')}'`;
}
