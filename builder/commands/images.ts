import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { defaultKey, trustedKeys } from '../evidence/keys.ts';
import { keyId } from '../evidence/signature.ts';
import { signatureLine } from '../evidence/unsigned.ts';
import { renderNames } from '../report/list.ts';
import { readSignatures } from '../report/read.ts';
import { count } from '../report/text.ts';
import { type Kept, readResults } from '../trial/results.ts';
import { addExchangeCommands } from './images-exchange.ts';
import { addGcCommand } from './images-gc.ts';
import { addListCommand, listImages } from './images-list.ts';
import { addMediaCommand } from './images-media.ts';
import { addPruneCommand } from './images-prune.ts';
import { addPxeCommand } from './images-pxe.ts';
import { addImageReports } from './images-report.ts';
import { addTagCommand } from './images-tag.ts';
import { addTestCommand } from './images-test.ts';
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
  addTestCommand(command);
  addWriteCommand(command);
  addTagCommand(command);
  command('remove <image>', 'delete an image')
    .option('--force', 'also one that has a tag or that a host uses; its tags go with it')
    .action(removeCommand);
  addPruneCommand(command);
  addExchangeCommands(command);
  addGcCommand(command);
  addMediaCommand(command);
  addPxeCommand(command);
  addImageReports(command);
}

async function showCommand(name: string, { catalog }: CatalogFlags): Promise<void> {
  const manifest = await openCatalog(catalog).resolve(name);
  printJson(manifest);
  const listed = await listImages(await openCatalog(catalog).list(), catalog);
  process.stderr.write(renderNames(listed.find(({ id }) => id === manifest.id)));
  const packages = await readSignatures(catalog, manifest);
  if (packages) process.stderr.write(`${signatureLine(packages)}\n`);
  const tests = await readResults(catalog, manifest.id, await trustedKeys(defaultKey()));
  if (tests) process.stderr.write(`${resultsLine(tests)}\n`);
}

async function removeCommand(name: string, flags: CatalogFlags & { force?: boolean }): Promise<void> {
  const catalog = openCatalog(flags.catalog);
  const id = await catalog.find(name);
  await catalog.remove(id, flags.force);
  print(`${id}: removed`);
}

/** "tested: 11 of 12 modes passed, failed: iso-secure; signed by key 0123456789ABCDEF". */
function resultsLine({ result: { runs }, by }: Kept): string {
  const failed = runs.filter(({ result }) => result === 'failed').map(({ mode }) => mode);
  const passed = `${runs.length - failed.length} of ${count(runs.length, 'mode')} passed`;
  const whose = by ? `signed by key ${keyId(by)}` : 'SIGNED BY NOBODY who is trusted';
  return `tested: ${passed}${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}; ${whose}`;
}
