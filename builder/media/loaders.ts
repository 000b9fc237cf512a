import { chmod, copyFile, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { listInside, resolveInside } from '../shared/inside.ts';
import { firstPresent } from '../shared/present.ts';
import { run } from '../shared/process/run.ts';
import { grubStub } from './grub.ts';
import { biosCoreArguments, efiCoreArguments, espFormatArguments, espKib } from './iso-arguments.ts';
import { PLATFORMS, type Platform } from './platform.ts';

/** GRUB of the host: Debian's names, then EL's. */
const TOOLS = ['grub-mkimage', 'grub2-mkimage'];
const FOLDERS = ['/usr/lib/grub', '/usr/share/grub'];
export const GRUB_MEND = grubMend(PLATFORMS.x86_64);

function grubMend({ packages: [debian, el] }: Platform): string {
  return `install ${debian} and grub-common (EL: ${el}, grub2-tools); bin/setup.sh does for x86_64`;
}

export interface HostGrub {
  tool: string;
  /** Modules for BIOS; undefined where no machine has one. */
  bios: string | undefined;
  efi: string;
}

/** @throws RackhandError tool-missing */
export async function findHostGrub(platform: Platform = PLATFORMS.x86_64): Promise<HostGrub> {
  const tool = await firstPresent(
    TOOLS.flatMap((name) => ['/usr/bin', '/usr/sbin'].map((folder) => join(folder, name))),
  );
  const modules = (format: string) => firstPresent(FOLDERS.map((folder) => join(folder, format)));
  const bios = platform.bios ? await modules('i386-pc') : undefined;
  const efi = await modules(platform.grub);
  if (tool && efi && (bios || !platform.bios)) return { tool, bios, efi };
  const missing = [
    tool ? '' : 'grub-mkimage',
    bios || !platform.bios ? '' : 'i386-pc modules',
    efi ? '' : `${platform.grub} modules`,
  ];
  throw new RackhandError(
    'tool-missing',
    `GRUB is not complete: no ${missing.filter(Boolean).join(', ')}`,
    grubMend(platform),
  );
}

export interface LoaderFile {
  name: string;
  path: string;
  /** Where the root has it. */
  from?: string;
}

export interface EfiLoaders {
  signed: boolean;
  /** By their name on the ESP. */
  files: LoaderFile[];
  /** What starts from the network, by its name in the catalog: shim and GRUB; none where the root has no GRUB for it. */
  network: LoaderFile[];
}

/** Of the image's folder: shim and GRUB for the network. */
export const NETWORK_LOADERS = { shim: 'shim.efi', netgrub: 'grubnet.efi' } as const;

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
    const network = await firstInside(signed.grubsOfNetwork.map(path));
    const { shim: shimOfNetwork, netgrub } = NETWORK_LOADERS;
    const named = (list: LoaderFile[]) => list.map((file) => ({ ...file, from: relative(root, file.path) }));
    return {
      ...{ signed: true, files: named(files) },
      network: named(
        network === undefined
          ? []
          : [
              { name: shimOfNetwork, path: shim },
              { name: netgrub, path: network },
            ],
      ),
    };
  }
  return undefined;
}

async function firstInside(found: Promise<string | undefined>[]): Promise<string | undefined> {
  return (await Promise.all(found)).find((path) => path !== undefined);
}

export async function keepSignedLoaders(loaders: EfiLoaders, folder: string): Promise<EfiLoaders> {
  const keep = async (files: LoaderFile[]) => {
    const kept: LoaderFile[] = [];
    for (const file of files) {
      await copyFile(file.path, join(folder, file.name));
      kept.push({ ...file, path: join(folder, file.name) });
    }
    return kept;
  };
  return { signed: loaders.signed, files: await keep(loaders.files), network: await keep(loaders.network) };
}

/** Lays them beside the image; what a package keeps for root alone is served to everybody. */
export async function layNetworkLoaders(
  { network }: EfiLoaders,
  output: string,
  epoch: number,
): Promise<void> {
  for (const { name, path } of network) {
    await copyFile(path, join(output, name));
    await chmod(join(output, name), 0o644);
    await utimes(join(output, name), epoch, epoch);
  }
}

/** El Torito image for BIOS: GRUB's CD boot sector followed by its core. */
export async function makeBiosImage(
  tool: string,
  modules: string,
  work: string,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  const core = join(work, 'core.img');
  await run(biosCoreArguments(tool, modules, core), {
    need: GRUB_MEND,
    ...(signal ? { signal } : {}),
  });
  await writeFile(to, Buffer.concat([await readFile(join(modules, 'cdboot.img')), await readFile(core)]));
}

export async function makeEfiLoader(
  grub: HostGrub,
  work: string,
  label: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<EfiLoaders> {
  const stub = join(work, 'stub.cfg');
  const name = platform.removable;
  const path = join(work, name);
  await writeFile(stub, grubStub(label));
  await run(efiCoreArguments(grub.tool, grub.efi, stub, path, platform), {
    need: grubMend(platform),
    ...(signal ? { signal } : {}),
  });
  return { signed: false, files: [{ name, path }], network: [] };
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
