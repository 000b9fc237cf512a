import { KernelArgument } from '../../builder/contract/fields.ts';
import { type KernelArguments, renderKernelArguments } from '../../builder/contract/kernel-arguments.ts';
import type { ArtifactRole } from '../../builder/contract/manifest.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { ReplicaImage } from '../roles/messages.ts';

/** From where a machine boots, and what it is told on the kernel command line. */
export interface BootTarget {
  /** http://ADDRESS[:PORT] of the boot role, as the machine reaches it. */
  base: string;
  /** One line for the machine's screen. */
  title: string;
  mac: string | undefined;
  /** Of the host; they come after the image's own, so they win. */
  hostArguments: readonly string[];
  agent: KernelArguments | undefined;
}

/**
 * The kernel command line of a network boot. BOOTIF (01- and the MAC with dashes) makes the initramfs use
 * the interface that the firmware booted from; rd.neednet brings it up before the root is fetched.
 */
export function kernelCommandLine(image: ReplicaImage, target: BootTarget): string[] {
  const line = [
    `root=live:${artifactUrl(target.base, image, 'rootfs')}`,
    'ip=dhcp',
    'rd.neednet=1',
    ...(target.mac ? [`BOOTIF=01-${target.mac.replaceAll(':', '-')}`] : []),
    ...image.kernelArguments,
    ...target.hostArguments,
    ...(target.agent ? renderKernelArguments(target.agent) : []),
  ];
  for (const argument of line) {
    if (!KernelArgument.safeParse(argument).success) {
      throw new RackhandError(
        'kernel-argument',
        `refused kernel argument ${JSON.stringify(argument.slice(0, 80))}`,
        'use letters, digits and _.,:/@=+~%- only; one argument an entry',
      );
    }
  }
  return line;
}

/** @throws RackhandError image-incomplete when the image has no artifact of that role. */
export function artifactUrl(base: string, image: ReplicaImage, role: ArtifactRole): string {
  const artifact = image.artifacts.find((a) => a.role === role);
  if (!artifact) {
    throw new RackhandError('image-incomplete', `image ${image.id} has no ${role}`, 'build the image again');
  }
  return `${base}/images/${image.id}/${artifact.file}`;
}
