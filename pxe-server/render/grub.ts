import type { ReplicaImage } from '../roles/messages.ts';
import { type BootTarget, kernelCommandLine } from './command-line.ts';
import { plain } from './ipxe.ts';

/**
 * grub.cfg for a machine whose loader is GRUB (Secure Boot: shim and the distribution's GRUB, which has no
 * HTTP client): kernel and initramfs come by TFTP from where GRUB itself came, the root by HTTP.
 */
export function renderGrub(image: ReplicaImage, target: BootTarget): string {
  const file = (role: 'kernel' | 'initramfs') =>
    `/images/${image.id}/${image.artifacts.find((a) => a.role === role)?.file}`;
  return `set timeout=0
menuentry ${quote(target.title)} {
  linux ${file('kernel')} ${kernelCommandLine(image, target).map(quote).join(' ')}
  initrd ${file('initramfs')}
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

/** grub.cfg for a host that is not armed: hand back to the firmware, which tries its next device. */
export function renderGrubLocal(name: string): string {
  return `echo ${quote(`Rackhand: host ${name} is not armed; booting from its own disk`)}
exit
`;
}

/** Single quotes keep GRUB from expanding anything; none may be inside. */
function quote(text: string): string {
  return `'${text.replaceAll("'", ' ')}'`;
}
