import { type FileHandle, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunOptions, run } from '../shared/process/run.ts';
import { bootCode, placedCore } from './bios-boot.ts';
import { grubStub } from './grub.ts';
import { biosCoreArguments } from './iso-arguments.ts';
import { GRUB_MEND, type HostGrub, makeEfiLoader, makeEsp } from './loaders.ts';
import { ARTIFACTS, type MediaOptions, type MediumImage, mediumTexts } from './medium.ts';
import { fatAt, fatFormatArguments, stateFormatArguments } from './usb-arguments.ts';
import { fatMib, type Partition, partitionScript, SECTOR, type UsbLayout, usbLayout } from './usb-layout.ts';

/** FAT's labels have 11 characters; "RACKHAND-0123ABCD" is RH-0123ABCD there. */
export function usbLabel(label: string): string {
  return label.replace(/^RACKHAND-/, 'RH-').slice(0, 11);
}

/**
 * usb.img: GPT with GRUB for BIOS, the EFI system partition, the image on FAT, which every GRUB reads, and an empty
 * partition for what a host keeps. Written into one sparse file, without loop devices or root.
 */
export async function makeUsb(
  options: MediaOptions,
  grub: HostGrub | undefined,
  image: MediumImage,
): Promise<void> {
  const { output, epoch, platform, signal } = options;
  const label = usbLabel(options.label);
  const work = join(options.work, 'usb');
  await mkdir(work, { recursive: true });
  const tools = toolOptions(epoch, signal);
  const loaders = options.signed ?? (await makeEfiLoader(grub!, work, label, platform, signal));
  const esp = join(work, 'esp.img');
  await makeEsp(loaders, label, esp, work, epoch, signal);
  const files = [...(await layTexts(work, options, label, image)), ...artifacts(output)];
  const sizes = await Promise.all(files.map(async ({ from }) => (await stat(from)).size));
  const needs = { esp: (await stat(esp)).size / (1 << 20), image: fatMib(sizes) };
  const layout = usbLayout(options.label, needs, platform.bios);
  const disk = join(output, 'usb.img');
  await withFile(disk, 'w', (file) => file.truncate(layout.size * SECTOR));
  await run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', disk], {
    ...tools,
    input: partitionScript(layout),
    need: 'sfdisk (package fdisk; EL: util-linux) writes the partition table',
  });
  if (layout.bios && grub?.bios)
    await placeBios(disk, layout.bios, { tool: grub.tool, modules: grub.bios }, work, label, tools);
  await withFile(disk, 'r+', async (file) => copyTo(file, layout.esp.start * SECTOR, esp));
  await fillImage(disk, layout, label, files, tools);
  await run(stateFormatArguments(disk, layout.state), {
    ...tools,
    need: 'mke2fs (package e2fsprogs) makes the partition for what a host keeps',
  });
}

/** Nothing of this machine's clock, time zone or settings; FAT's times are local ones. */
function toolOptions(epoch: number, signal: AbortSignal | undefined): RunOptions {
  const time = { SOURCE_DATE_EPOCH: String(epoch), E2FSPROGS_FAKE_TIME: String(epoch), TZ: 'UTC' };
  return {
    env: { ...time, MTOOLS_SKIP_CHECK: '1', MKE2FS_CONFIG: '/dev/null' },
    ...(signal ? { signal } : {}),
  };
}

interface Placed {
  /** On the medium, from its root. */
  path: string;
  from: string;
}

async function layTexts(
  work: string,
  options: MediaOptions,
  label: string,
  image: MediumImage,
): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const [path, text] of mediumTexts(options, label, image)) {
    const from = join(work, 'texts', path);
    await mkdir(dirname(from), { recursive: true });
    await writeFile(from, text);
    placed.push({ path, from });
  }
  return placed;
}

function artifacts(output: string): Placed[] {
  return ARTIFACTS.map(([path, file]) => ({ path, from: join(output, file) }));
}

async function placeBios(
  disk: string,
  bios: Partition,
  grub: { tool: string; modules: string },
  work: string,
  label: string,
  tools: RunOptions,
): Promise<void> {
  const [stub, core] = [join(work, 'bios.cfg'), join(work, 'bios.img')];
  await writeFile(stub, grubStub(label));
  await run(biosCoreArguments(grub.tool, grub.modules, core, stub), { ...tools, need: GRUB_MEND });
  const code = bootCode(await readFile(join(grub.modules, 'boot.img')), bios.start);
  const placed = placedCore(await readFile(core), bios.start);
  await withFile(disk, 'r+', async (file) => {
    await file.write(code, 0, code.length, 0);
    await file.write(placed, 0, placed.length, bios.start * SECTOR);
  });
}

async function fillImage(
  disk: string,
  { image, guid }: UsbLayout,
  label: string,
  files: readonly Placed[],
  tools: RunOptions,
): Promise<void> {
  const at = fatAt(disk, image);
  const mtools = { ...tools, need: 'mtools fills the partition of the image' };
  await run(fatFormatArguments(disk, image, label, guid.slice(0, 8)), mtools);
  await run(['mmd', '-i', at, ...foldersOf(files).map((path) => `::${path}`)], mtools);
  for (const { path, from } of files) await run(['mcopy', '-i', at, from, `::${path}`], mtools);
}

/** Every folder, parents first. */
function foldersOf(files: readonly Placed[]): string[] {
  const parents = (path: string): string[] => (path === '/' ? [] : [...parents(dirname(path)), path]);
  return [...new Set(files.flatMap(({ path }) => parents(dirname(path))))];
}

async function copyTo(disk: FileHandle, offset: number, from: string): Promise<void> {
  const bytes = await readFile(from);
  await disk.write(bytes, 0, bytes.length, offset);
}

async function withFile(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<unknown>,
): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
