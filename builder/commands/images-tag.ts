import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { openCatalog } from '../catalog/catalog.ts';
import { refuseTag } from '../catalog/tags.ts';
import { RackhandError } from '../shared/errors.ts';
import { type CatalogFlags, print, RECIPES } from './options.ts';

interface TagFlags extends CatalogFlags {
  delete?: boolean;
}

/** `rackhand images tag` */
export function addTagCommand(command: (name: string, description: string) => Command): void {
  command('tag [image] [tag]', 'name an image, so that the name can move to another one')
    .option('--delete', 'take the tag away: tag --delete TAG')
    .action(tagCommand);
}

async function tagCommand(
  first: string | undefined,
  second: string | undefined,
  flags: TagFlags,
): Promise<void> {
  if (flags.delete) {
    if (first === undefined || second !== undefined)
      throw usage('with --delete the tag is named, and nothing else', 'tag --delete TAG');
    await openCatalog(flags.catalog).untag(first);
    return print(`${first}: no tag any more`);
  }
  if (first === undefined || second === undefined)
    throw usage('an image and its tag are needed', 'tag IMAGE TAG');
  await giveTag(first, second, flags);
}

async function giveTag(image: string, tag: string, flags: TagFlags): Promise<void> {
  const catalog = openCatalog(flags.catalog);
  const id = await catalog.find(image);
  refuseTag(tag, await recipeNames(flags.catalog));
  const before = await catalog.tag(id, tag);
  if (before === id) print(`${tag}: ${id}, as before`);
  else print(before === undefined ? `${tag}: ${id}` : `${tag}: ${id}, before: ${before}`);
}

/** Of images that are here, and of recipes that can be built by their names. */
async function recipeNames(folder: string): Promise<string[]> {
  const built = (await openCatalog(folder).list()).map(({ manifest }) => manifest.recipe.name);
  const files = await readdir(RECIPES).catch(() => []);
  const named = files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));
  return [...built, ...named];
}

function usage(what: string, how: string): RackhandError {
  return new RackhandError('usage', what, `rackhand images ${how}`);
}
