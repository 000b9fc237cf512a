import { join } from 'node:path';
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

/** Path on the medium and text, for a medium of this label. */
export function mediumTexts(options: MediaOptions, label: string, sums: string): [string, string][] {
  const { title, kernelArguments, rescue } = options;
  return [
    ['/boot/grub/grub.cfg', grubConfig({ title, label, kernelArguments, rescue })],
    // Debian's signed CD GRUB looks for the first, EL's reads the second.
    ['/.disk/info', `${title}\n`],
    ['/EFI/BOOT/grub.cfg', grubStub(label)],
    [MEDIUM.sums, sums],
  ];
}

/** The text of SHA256SUMS as sha256sum(1) checks it. */
export async function checksums(output: string): Promise<string> {
  const lines = ARTIFACTS.map(async ([path, file]) => `${await sha256File(join(output, file))}  .${path}\n`);
  return (await Promise.all(lines)).join('');
}
