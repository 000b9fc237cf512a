import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageArguments, renderMemoryArgument } from '../contract/kernel-arguments.ts';
import type { FileDigests } from '../shared/digests.ts';
import { AREA, EMPTY_AREA } from './area.ts';
import { grubConfig, grubStub, MEDIUM } from './grub.ts';
import type { EfiLoaders } from './loaders.ts';
import type { Platform } from './platform.ts';

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
  platform: Platform;
  /** Signed loaders of the image's distribution, if it has them. */
  signed: EfiLoaders | undefined;
  epoch: number;
  /** Of what the build has made. */
  digests: FileDigests;
  signal?: AbortSignal | undefined;
}

/** Path on the medium and the artifact that lies there. */
export const ARTIFACTS: readonly (readonly [path: string, file: string])[] = [
  [MEDIUM.kernel, 'vmlinuz'],
  [MEDIUM.initramfs, 'initramfs.img'],
  [MEDIUM.rootfs, 'rootfs.squashfs'],
];

/** What lies on media, by path; and whether the image is one of them, or is fetched. */
export interface MediumImage {
  artifacts: readonly (readonly [path: string, file: string])[];
  sums: string;
  root: ImageArguments;
  fetched: boolean;
}

/** Path on the medium and text, for a medium of this label. */
export function mediumTexts(options: MediaOptions, label: string, image: MediumImage): [string, string][] {
  const { title, rescue, platform } = options;
  const { sums, root, fetched } = image;
  // Where the root stays on the medium, what a boot from the network holds of it in memory is not needed.
  const saved = fetched ? 0 : Math.ceil(root.size / (1 << 20));
  const kernelArguments = [...options.kernelArguments, renderMemoryArgument(options.ramRequired - saved)];
  const config = { title, label, kernelArguments, rescue, platform, fetched: fetched ? root : undefined };
  return [
    ['/boot/grub/grub.cfg', grubConfig(config)],
    // Debian's signed CD GRUB looks for the first, EL's reads the second.
    ['/.disk/info', `${title}\n`],
    ['/EFI/BOOT/grub.cfg', grubStub(label)],
    [MEDIUM.sums, sums],
    [AREA.path, EMPTY_AREA.toString('latin1')],
  ];
}

/** Of media that hold the image, and of those that fetch it. */
export async function mediumImages({
  output,
  digests,
}: Pick<MediaOptions, 'output' | 'digests'>): Promise<Record<'held' | 'fetched', MediumImage>> {
  const lines = new Map<string, string>();
  for (const [path, file] of ARTIFACTS)
    lines.set(path, `${await digests.of(join(output, file))}  .${path}\n`);
  const { size } = await stat(join(output, 'rootfs.squashfs'));
  const root = { sha256: lines.get(MEDIUM.rootfs)!.slice(0, 64), size };
  const image = (artifacts: MediumImage['artifacts'], fetched: boolean): MediumImage => ({
    ...{ artifacts, root, fetched },
    // As sha256sum(1) checks it.
    sums: artifacts.map(([path]) => lines.get(path)!).join(''),
  });
  return {
    held: image(ARTIFACTS, false),
    fetched: image(
      ARTIFACTS.filter(([path]) => path !== MEDIUM.rootfs),
      true,
    ),
  };
}
