import { link, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../shared/process/run.ts';
import { grubConfig, grubStub, MEDIUM } from './grub.ts';
import { isoArguments } from './iso-arguments.ts';
import { type EfiLoaders, findHostGrub, makeBiosImage, makeEfiLoader, makeEsp } from './loaders.ts';

export interface MediaOptions {
  /** Holds vmlinuz, initramfs.img and rootfs.squashfs (the PXE tree); gets image.iso. */
  output: string;
  /** Scratch folder on the same file system. */
  work: string;
  title: string;
  label: string;
  kernelArguments: readonly string[];
  /** Signed loaders of the image's distribution, if it has them. */
  signed: EfiLoaders | undefined;
  epoch: number;
  signal?: AbortSignal | undefined;
}

/** Hybrid ISO: BIOS and UEFI, from CD and from USB. */
export async function makeIso(options: MediaOptions): Promise<void> {
  const { output, work, label, epoch, signal } = options;
  const grub = await findHostGrub();
  const tree = join(work, 'tree');
  await mkdir(work, { recursive: true });
  await layTree(tree, options);
  await makeBiosImage(grub, work, join(tree, 'boot/grub/bios.img'), signal);
  const loaders = options.signed ?? (await makeEfiLoader(grub, work, label, signal));
  const esp = join(work, 'esp.img');
  await makeEsp(loaders, label, esp, work, epoch, signal);
  await run(['find', tree, '-exec', 'touch', '-h', '-d', `@${epoch}`, '{}', '+']);
  const argv = isoArguments({
    ...{ label, tree, esp, output: join(output, 'image.iso') },
    hybridMbr: join(grub.bios, 'boot_hybrid.img'),
  });
  await run(argv, {
    need: 'xorriso writes the ISO',
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    ...(signal ? { signal } : {}),
  });
  await rm(work, { recursive: true, force: true });
}

async function layTree(tree: string, options: MediaOptions): Promise<void> {
  const { output, label, epoch } = options;
  const config = grubConfig({ title: options.title, label, kernelArguments: options.kernelArguments });
  const texts: [path: string, text: string][] = [
    ['boot/grub/grub.cfg', config],
    // Debian's signed CD GRUB looks for the first, EL's reads the second.
    ['.disk/info', `${options.title}\n`],
    ['EFI/BOOT/grub.cfg', grubStub(label)],
  ];
  for (const [path, text] of texts) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  for (const [path, file] of [
    [MEDIUM.kernel, 'vmlinuz'],
    [MEDIUM.initramfs, 'initramfs.img'],
    [MEDIUM.rootfs, 'rootfs.squashfs'],
  ] as const) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await link(join(output, file), join(tree, path));
    await utimes(join(output, file), epoch, epoch);
  }
}
