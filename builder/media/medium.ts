import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renderMemoryArgument } from '../contract/kernel-arguments.ts';
import { sha256File } from '../shared/ids.ts';
import { grubConfig, grubStub, MEDIUM } from './grub.ts';
import type { EfiLoaders } from './loaders.ts';

/** What every medium is made of. */
export interface MediaOptions {
  /** Holds vmlinuz, initramfs.img and rootfs.squashfs (the PXE tree); gets the media. */
  output: string;
  /** Scratch folder on the same file system. */
  work: string;
  title: string;
  label: string;
  kernelArguments: readonly string[];
  /** MiB that a boot from the network needs. */
  ramRequired: number;
  /** Key of the rescue shell, as GRUB has it. */
  rescue: string | undefined;
  /** Signed loaders of the image's distribution, if it has them. */
  signed: EfiLoaders | undefined;
  epoch: number;
  signal?: AbortSignal | undefined;
}

/** Path on the medium and the artifact that lies there. */
export const ARTIFACTS: readonly (readonly [path: string, file: string])[] = [
  [MEDIUM.kernel, 'vmlinuz'],
  [MEDIUM.initramfs, 'initramfs.img'],
  [MEDIUM.rootfs, 'rootfs.squashfs'],
];

/** What is the image's own on each medium: its checksums, and bytes of its root. */
export interface MediumImage {
  sums: string;
  rootSize: number;
}

/** Path on the medium and text, for a medium of this label. */
export function mediumTexts(options: MediaOptions, label: string, image: MediumImage): [string, string][] {
  const { title, rescue } = options;
  const { sums, rootSize } = image;
  // The root stays on the medium: what a boot from the network holds of it in memory is not needed.
  const memory = renderMemoryArgument(options.ramRequired - Math.ceil(rootSize / (1 << 20)));
  const kernelArguments = [...options.kernelArguments, memory];
  return [
    ['/boot/grub/grub.cfg', grubConfig({ title, label, kernelArguments, rescue })],
    // Debian's signed CD GRUB looks for the first, EL's reads the second.
    ['/.disk/info', `${title}\n`],
    ['/EFI/BOOT/grub.cfg', grubStub(label)],
    [MEDIUM.sums, sums],
  ];
}

export async function mediumImage(output: string): Promise<MediumImage> {
  const { size } = await stat(join(output, 'rootfs.squashfs'));
  return { sums: await checksums(output), rootSize: size };
}

/** The text of SHA256SUMS as sha256sum(1) checks it. */
async function checksums(output: string): Promise<string> {
  const lines = ARTIFACTS.map(async ([path, file]) => `${await sha256File(join(output, file))}  .${path}\n`);
  return (await Promise.all(lines)).join('');
}
