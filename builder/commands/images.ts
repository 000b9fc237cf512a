import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { signatureLine } from '../evidence/unsigned.ts';
import { renderNames } from '../report/list.ts';
import { readSignatures } from '../report/read.ts';
import { addExchangeCommands } from './images-exchange.ts';
import { addGcCommand } from './images-gc.ts';
import { addListCommand, listImages } from './images-list.ts';
import { addMediaCommand } from './images-media.ts';
import { addPruneCommand } from './images-prune.ts';
import { addImageReports } from './images-report.ts';
import { addTagCommand } from './images-tag.ts';
import { addVerifyCommand } from './images-verify.ts';
import { addWriteCommand } from './images-write.ts';
import { CATALOG, type CatalogFlags, print, printJson } from './options.ts';

/** `rackhand images …` */
export function addImagesCommands(program: Command): void {
  const images = program.command('images').description('the catalog of images');
  const command = (name: string, description: string) =>
    images.command(name).description(description).option('--catalog <folder>', 'folder of images', CATALOG);
  addListCommand(command);
  command('show <image>', 'manifest of an image (id, prefix of one, tag, or recipe)').action(showCommand);
  addVerifyCommand(command);
  addWriteCommand(command);
  addTagCommand(command);
  command('remove <image>', 'delete an image')
    .option('--force', 'also one that has a tag or that a host uses; its tags go with it')
    .action(removeCommand);
  addPruneCommand(command);
  addExchangeCommands(command);
  addGcCommand(command);
  addMediaCommand(command);
  addImageReports(command);
}

async function showCommand(name: string, { catalog }: CatalogFlags): Promise<void> {
  const manifest = await openCatalog(catalog).resolve(name);
  printJson(manifest);
  const listed = await listImages(await openCatalog(catalog).list(), catalog);
  process.stderr.write(renderNames(listed.find(({ id }) => id === manifest.id)));
  const packages = await readSignatures(catalog, manifest);
  if (packages) process.stderr.write(`${signatureLine(packages)}\n`);
}

async function removeCommand(name: string, flags: CatalogFlags & { force?: boolean }): Promise<void> {
  const catalog = openCatalog(flags.catalog);
  const id = await catalog.find(name);
  await catalog.remove(id, flags.force);
  print(`${id}: removed`);
}
