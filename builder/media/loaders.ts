import { access, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { listInside, resolveInside } from '../shared/inside.ts';
import { run } from '../shared/process/run.ts';
import { grubStub } from './grub.ts';
import { biosCoreArguments, efiCoreArguments, espFormatArguments, espKib } from './iso-arguments.ts';
import { PLATFORMS } from './platform.ts';

/** GRUB of the host: Debian's names, then EL's. */
const TOOLS = ['grub-mkimage', 'grub2-mkimage'];
const FOLDERS = ['/usr/lib/grub', '/usr/share/grub'];
export const GRUB_MEND =
  'install grub-pc-bin, grub-efi-amd64-bin and grub-common (EL: grub2-pc-modules, grub2-efi-x64-modules, grub2-tools); bin/setup.sh does';

export interface HostGrub {
  tool: string;
  bios: string;
  efi: string;
}

/** @throws RackhandError tool-missing */
export async function findHostGrub(): Promise<HostGrub> {
  const tool = await firstOf(
    TOOLS.flatMap((name) => ['/usr/bin', '/usr/sbin'].map((folder) => join(folder, name))),
  );
  const bios = await firstOf(FOLDERS.map((folder) => join(folder, 'i386-pc')));
  const efi = await firstOf(FOLDERS.map((folder) => join(folder, 'x86_64-efi')));
  if (tool && bios && efi) return { tool, bios, efi };
  const missing = [
    tool ? '' : 'grub-mkimage',
    bios ? '' : 'i386-pc modules',
    efi ? '' : 'x86_64-efi modules',
  ];
  throw new RackhandError(
    'tool-missing',
    `GRUB is not complete: no ${missing.filter(Boolean).join(', ')}`,
    GRUB_MEND,
  );
}

async function firstOf(paths: string[]): Promise<string | undefined> {
  for (const path of paths)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  return undefined;
}

/** Loader files by their name on the ESP; `from` is where the root has it. */
export interface EfiLoaders {
  signed: boolean;
  files: { name: string; path: string; from?: string }[];
}

/**
 * The signed chain of the image's own distribution, so that it trusts the image's kernel; taken from the
 * root before the strip. Without it, a GRUB made here, for machines with Secure Boot off.
 */
export async function findSignedLoaders(
  root: string,
  platform = PLATFORMS.x86_64,
): Promise<EfiLoaders | undefined> {
  const vendors = 'boot/efi/EFI';
  const { signed, removable } = platform;
  for (const vendor of await listInside(root, vendors)) {
    const path = (name: string) => resolveInside(root, `${vendors}/${vendor}/${name}`);
    const [shim, grub, manager] = await Promise.all(
      [signed.shim, signed.grubOfMedia, signed.manager].map(path),
    );
    if (shim === undefined || grub === undefined) continue;
    const files = [
      { name: removable, path: shim },
      { name: signed.grub, path: grub },
      ...(manager === undefined ? [] : [{ name: signed.manager, path: manager }]),
    ];
    return { signed: true, files: files.map((file) => ({ ...file, from: relative(root, file.path) })) };
  }
  return undefined;
}

export async function keepSignedLoaders(loaders: EfiLoaders, folder: string): Promise<EfiLoaders> {
  const files = [];
  for (const file of loaders.files) {
    await copyFile(file.path, join(folder, file.name));
    files.push({ ...file, path: join(folder, file.name) });
  }
  return { signed: loaders.signed, files };
}

/** El Torito image for BIOS: GRUB's CD boot sector followed by its core. */
export async function makeBiosImage(
  grub: HostGrub,
  work: string,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  const core = join(work, 'core.img');
  await run(biosCoreArguments(grub.tool, grub.bios, core), {
    need: GRUB_MEND,
    ...(signal ? { signal } : {}),
  });
  await writeFile(to, Buffer.concat([await readFile(join(grub.bios, 'cdboot.img')), await readFile(core)]));
}

export async function makeEfiLoader(
  grub: HostGrub,
  work: string,
  label: string,
  signal?: AbortSignal,
): Promise<EfiLoaders> {
  const stub = join(work, 'stub.cfg');
  const path = join(work, 'BOOTX64.EFI');
  await writeFile(stub, grubStub(label));
  await run(efiCoreArguments(grub.tool, grub.efi, stub, path), {
    need: GRUB_MEND,
    ...(signal ? { signal } : {}),
  });
  return { signed: false, files: [{ name: 'BOOTX64.EFI', path }] };
}

/** FAT image with the loaders, made by mtools: build hosts may lack vfat and loop devices. */
export async function makeEsp(
  loaders: EfiLoaders,
  label: string,
  image: string,
  work: string,
  epoch: number,
  signal?: AbortSignal,
): Promise<void> {
  const options = {
    // FAT has local times.
    env: { SOURCE_DATE_EPOCH: String(epoch), MTOOLS_SKIP_CHECK: '1', TZ: 'UTC' },
    need: 'mtools makes the EFI system partition',
    ...(signal ? { signal } : {}),
  };
  let bytes = 0;
  for (const file of loaders.files) bytes += (await stat(file.path)).size;
  const config = join(work, 'esp-grub.cfg');
  await writeFile(config, grubStub(label));
  await run(espFormatArguments(image, espKib(bytes)), options);
  await run(['mmd', '-i', image, '::/EFI', '::/EFI/BOOT'], options);
  for (const file of loaders.files)
    await run(['mcopy', '-i', image, file.path, `::/EFI/BOOT/${file.name}`], options);
  await run(['mcopy', '-i', image, config, '::/EFI/BOOT/grub.cfg'], options);
}
