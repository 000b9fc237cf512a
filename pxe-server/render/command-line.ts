import { KernelArgument } from '../../builder/contract/fields.ts';
import {
  type KernelArguments,
  renderImageArguments,
  renderKernelArguments,
  renderMemoryArgument,
} from '../../builder/contract/kernel-arguments.ts';
import type { Artifact, ArtifactRole } from '../../builder/contract/manifest.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { ReplicaImage, ReplicaInstaller } from '../roles/messages.ts';

/** From where a machine boots, and what every kernel is told there. */
export interface BootTarget {
  /** http://ADDRESS[:PORT] of the boot role, as the machine reaches it. */
  base: string;
  /** For the machine's screen. */
  title: string;
  mac: string | undefined;
  /** Of the host; they come after those of the image or the installer, so they win. */
  hostArguments: readonly string[];
}

/** What a boot loader loads. */
export interface Boot {
  title: string;
  /** Paths below the server's root, the same by HTTP and TFTP. */
  kernel: string;
  initramfs: string;
  commandLine: string[];
}

/** The image as a live system. @throws RackhandError image-incomplete | kernel-argument */
export function liveBoot(image: ReplicaImage, target: BootTarget, agent: KernelArguments): Boot {
  return {
    title: target.title,
    kernel: artifactPath(image, 'kernel'),
    initramfs: artifactPath(image, 'initramfs'),
    commandLine: checked([
      `root=live:${artifactUrl(target.base, image, 'rootfs')}`,
      ...network(target),
      ...image.kernelArguments,
      renderMemoryArgument(image.ramRequired),
      ...target.hostArguments,
      ...renderImageArguments(artifact(image, 'rootfs')),
      ...renderKernelArguments(agent),
    ]),
  };
}

/**
 * The installer with a kickstart: nothing of the image is booted, it is what gets installed. It is asked to show its MACs
 * and its serial when it fetches the kickstart.
 * @param told address of the kickstart, and ADDRESS:PORT of where it sends its syslog to
 * @throws RackhandError kernel-argument
 */
export function installerBoot(
  installer: ReplicaInstaller,
  target: BootTarget,
  { kickstart, syslog }: { kickstart: string; syslog?: string | undefined },
): Boot {
  return {
    title: target.title,
    kernel: `/installers/${installer.name}/kernel`,
    initramfs: `/installers/${installer.name}/initramfs`,
    commandLine: checked([
      ...network(target),
      ...installer.kernelArguments,
      ...target.hostArguments,
      ...(syslog === undefined ? [] : [`inst.syslog=${syslog}`]),
      'inst.ks.sendmac',
      'inst.ks.sendsn',
      `inst.ks=${kickstart}`,
    ]),
  };
}

/**
 * BOOTIF (01- and the MAC with dashes) makes the initramfs use the interface that the firmware booted from;
 * rd.neednet brings it up before anything is fetched, by the protocol that the firmware booted by.
 */
function network({ mac, base }: BootTarget): string[] {
  return [
    base.includes('//[') ? 'ip=dhcp6' : 'ip=dhcp',
    'rd.neednet=1',
    ...(mac ? [`BOOTIF=01-${mac.replaceAll(':', '-')}`] : []),
  ];
}

function checked(line: string[]): string[] {
  const refused = line.find((argument) => !KernelArgument.safeParse(argument).success);
  if (refused === undefined) return line;
  throw new RackhandError(
    'kernel-argument',
    `refused kernel argument ${JSON.stringify(refused.slice(0, 80))}`,
    'use letters, digits and _.,:/@=+~%[]- only; one argument an entry',
  );
}

/** @throws RackhandError image-incomplete when the image has no artifact of that role. */
export function artifactUrl(base: string, image: ReplicaImage, role: ArtifactRole): string {
  return `${base}${artifactPath(image, role)}`;
}

function artifactPath(image: ReplicaImage, role: ArtifactRole): string {
  return `/images/${image.id}/${artifact(image, role).file}`;
}

function artifact(image: ReplicaImage, role: ArtifactRole): Artifact {
  const found = image.artifacts.find((a) => a.role === role);
  if (found) return found;
  throw new RackhandError('image-incomplete', `image ${image.id} has no ${role}`, 'build the image again');
}
