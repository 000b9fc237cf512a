import type { Command } from 'commander';
import { type Image, openCatalog } from '../catalog/catalog.ts';
import { defaultKey, trustedKeys } from '../evidence/keys.ts';
import { sealWord } from '../evidence/seal.ts';
import { signatureLine } from '../evidence/unsigned.ts';
import { readSignatures } from '../report/read.ts';
import { addImageReports } from './images-report.ts';
import { addVerifyCommand } from './images-verify.ts';
import { CATALOG, type CatalogFlags, print, printJson } from './options.ts';

/** `rackhand images …` */
export function addImagesCommands(program: Command): void {
  const images = program.command('images').description('the catalog of images');
  const command = (name: string, description: string) =>
    images.command(name).description(description).option('--catalog <folder>', 'folder of images', CATALOG);
  command('list', 'every image, newest first').action(async ({ catalog }: CatalogFlags) => {
    const { images, unreadable } = await openCatalog(catalog).survey();
    print(await table(images, catalog));
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
  addVerifyCommand(command);
  command('remove <image>', 'delete an image').action(async (name: string, flags: CatalogFlags) => {
    const catalog = openCatalog(flags.catalog);
    const id = await catalog.find(name);
    await catalog.remove(id);
    print(`${id}: removed`);
  });
  addImageReports(command);
}

async function table(images: readonly Image[], catalog: string): Promise<string> {
  if (images.length === 0) return 'no images; rackhand build RECIPE makes one';
  const trusted = await trustedKeys(defaultKey());
  const rows = images.map(async ({ manifest: { id, recipe, kernelVersion, artifacts }, times }) => {
    const rootfs = artifacts.find((artifact) => artifact.role === 'rootfs')?.size ?? 0;
    const built = times?.builtAt.slice(0, 16).replace('T', ' ') ?? 'built: unknown';
    return `${id}  ${recipe.name.padEnd(12)} ${built.padEnd(16)}  ${kernelVersion}  ${Math.round(rootfs / (1 << 20))} MiB  ${await sealWord(catalog, id, trusted)}`;
  });
  return (await Promise.all(rows)).join('\n');
}
