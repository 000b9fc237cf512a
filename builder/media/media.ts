import { link, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../shared/process/run.ts';
import { isoArguments } from './iso-arguments.ts';
import {
  findHostGrub,
  type HostGrub,
  layNetworkLoaders,
  makeBiosImage,
  makeEfiLoader,
  makeEsp,
} from './loaders.ts';
import { ARTIFACTS, type MediaOptions, type MediumImage, mediumImages, mediumTexts } from './medium.ts';
import { makeUsb } from './usb.ts';

/** Label of a network ISO: beside an ISO of the same image in the machine, each finds its own. */
const NET_LABEL = /^RACKHAND-/;

const MAKERS = {
  iso: { make: makeIso, file: 'image.iso', image: 'held' },
  usb: { make: makeUsb, file: 'usb.img', image: 'held' },
  netiso: { make: makeNetIso, file: 'net.iso', image: 'fetched' },
} as const;

/** @returns names of the files that it has made in the output folder */
export async function makeMedia(
  options: MediaOptions,
  kinds: readonly (keyof typeof MAKERS)[],
): Promise<string[]> {
  const { output, work, epoch } = options;
  const grub = await hostGrub(options);
  await mkdir(work, { recursive: true });
  for (const [, file] of ARTIFACTS) await utimes(join(output, file), epoch, epoch);
  if (options.signed) await layNetworkLoaders(options.signed, output, epoch);
  const images = await mediumImages(options);
  for (const kind of kinds) await MAKERS[kind].make(options, grub, images[MAKERS[kind].image]);
  await rm(work, { recursive: true, force: true });
  return kinds.map((kind) => MAKERS[kind].file);
}

/** GRUB of this machine has nothing to make where firmware is UEFI alone and the distribution's loaders are there. */
async function hostGrub({ platform, signed }: MediaOptions): Promise<HostGrub | undefined> {
  return platform.bios || !signed ? findHostGrub(platform) : undefined;
}

/** Hybrid ISO: BIOS, where machines have it, and UEFI, from CD and from USB. */
async function makeIso(options: MediaOptions, grub: HostGrub | undefined, image: MediumImage): Promise<void> {
  await writeIso(options, grub, image, 'image.iso');
}

/** Kernel, initramfs and loaders alone. */
async function makeNetIso(
  options: MediaOptions,
  grub: HostGrub | undefined,
  image: MediumImage,
): Promise<void> {
  const label = options.label.replace(NET_LABEL, 'RACKHAND-NET-');
  const work = join(options.work, 'net');
  await mkdir(work);
  await writeIso({ ...options, label, work }, grub, image, 'net.iso');
}

async function writeIso(
  options: MediaOptions,
  grub: HostGrub | undefined,
  image: MediumImage,
  name: string,
): Promise<void> {
  const { output, work, label, platform, epoch, signal } = options;
  const tree = join(work, 'tree');
  await layTree(tree, options, image);
  if (grub?.bios) await makeBiosImage(grub.tool, grub.bios, work, join(tree, 'boot/grub/bios.img'), signal);
  const loaders = options.signed ?? (await makeEfiLoader(grub!, work, label, platform, signal));
  const esp = join(work, 'esp.img');
  await makeEsp(loaders, label, esp, work, epoch, signal);
  const argv = isoArguments({
    ...{ label, tree, esp, output: join(output, name), epoch, padded: !image.fetched },
    hybridMbr: grub?.bios && join(grub.bios, 'boot_hybrid.img'),
  });
  await run(argv, {
    need: 'xorriso writes the ISO',
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    ...(signal ? { signal } : {}),
  });
}

async function layTree(tree: string, options: MediaOptions, image: MediumImage): Promise<void> {
  for (const [path, text] of mediumTexts(options, options.label, image)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  for (const [path, file] of image.artifacts) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await link(join(options.output, file), join(tree, path));
  }
}
