import type { Command } from 'commander';
import { type Image, openCatalog } from '../catalog/catalog.ts';
import { signatureLine } from '../evidence/unsigned.ts';
import { readSignatures } from '../report/read.ts';
import { RackhandError } from '../shared/errors.ts';
import { addImageReports } from './images-report.ts';
import { CATALOG, type CatalogFlags, print, printJson } from './options.ts';

/** `rackhand images …` */
export function addImagesCommands(program: Command): void {
  const images = program.command('images').description('the catalog of images');
  const command = (name: string, description: string) =>
    images.command(name).description(description).option('--catalog <folder>', 'folder of images', CATALOG);
  command('list', 'every image, newest first').action(async ({ catalog }: CatalogFlags) => {
    const { images, unreadable } = await openCatalog(catalog).survey();
    print(table(images));
    for (const { message, mend } of unreadable) process.stderr.write(`${message}\n  mend: ${mend}\n`);
  });
  command('show <image>', 'manifest of an image (id, prefix of one, or recipe)').action(
    async (name: string, { catalog }: CatalogFlags) => {
      const manifest = await openCatalog(catalog).resolve(name);
      printJson(manifest);
      const packages = await readSignatures(catalog, manifest);
      if (packages) process.stderr.write(`${signatureLine(packages)}\n`);
    },
  );
  command('verify <image>', 'compare an image with its manifest').action(
    async (name: string, flags: CatalogFlags) => {
      const catalog = openCatalog(flags.catalog);
      const id = await catalog.find(name);
      const { ok, faults } = await catalog.verify(id);
      if (!ok)
        throw new RackhandError('image-damaged', `${id}: ${faults.join('; ')}`, 'remove it and build again');
      print(`${id}: every artifact is as its manifest says`);
    },
  );
  command('remove <image>', 'delete an image').action(async (name: string, flags: CatalogFlags) => {
    const catalog = openCatalog(flags.catalog);
    const id = await catalog.find(name);
    await catalog.remove(id);
    print(`${id}: removed`);
  });
  addImageReports(command);
}

function table(images: readonly Image[]): string {
  if (images.length === 0) return 'no images; rackhand build RECIPE makes one';
  return images
    .map(({ manifest: { id, recipe, kernelVersion, artifacts }, times }) => {
      const rootfs = artifacts.find((artifact) => artifact.role === 'rootfs')?.size ?? 0;
      const built = times?.builtAt.slice(0, 16).replace('T', ' ') ?? 'built: unknown';
      return `${id}  ${recipe.name.padEnd(12)} ${built.padEnd(16)}  ${kernelVersion}  ${Math.round(rootfs / (1 << 20))} MiB`;
    })
    .join('\n');
}
