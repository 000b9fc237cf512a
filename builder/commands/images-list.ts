import type { Command } from 'commander';
import { type Image, openCatalog } from '../catalog/catalog.ts';
import { nameable } from '../catalog/survey.ts';
import { type Users, usersOf } from '../catalog/users.ts';
import { readUses } from '../catalog/uses.ts';
import { defaultKey, trustedKeys } from '../evidence/keys.ts';
import { sealWord } from '../evidence/seal.ts';
import { type ListedImage, renderList } from '../report/list.ts';
import { RackhandError } from '../shared/errors.ts';
import { type CatalogFlags, print, printJson } from './options.ts';

/** `rackhand images list` */
export function addListCommand(command: (name: string, description: string) => Command): void {
  command('list', 'every image, newest first, with its tags and the hosts that use it')
    .option('--json', 'print JSON')
    .action(async ({ catalog, json }: CatalogFlags) => {
      const { images, unreadable, astray } = await openCatalog(catalog).survey();
      const listed = await listImages(images, catalog);
      if (json) printJson({ images: listed, astray });
      else print(renderList(listed));
      for (const { tag, id } of astray)
        warn(`tag ${tag} names image ${id}, which is not here`, `rackhand images tag --delete ${tag}`);
      for (const { message, mend } of unreadable) warn(message, mend);
    });
}

export async function listImages(images: readonly Image[], catalog: string): Promise<ListedImage[]> {
  const trusted = await trustedKeys(defaultKey());
  const users = await knownUsers(images, catalog);
  const rows = images.map(async ({ manifest, times, tags }) => {
    const { id, recipe, kernelVersion } = manifest;
    return {
      ...{ id, recipe: recipe.name, builtAt: times?.builtAt ?? null, bytes: imageBytes(manifest) },
      ...{ kernelVersion, tags, signature: await sealWord(catalog, id, trusted) },
      users: users && (users.get(id) ?? { hosts: [], servers: [] }),
    };
  });
  return Promise.all(rows);
}

export function imageBytes({ artifacts, evidence }: Image['manifest']): number {
  return [...artifacts, ...evidence].reduce((sum, file) => sum + file.size, 0);
}

/** Null when no server has told; what cannot be read is no reason to list nothing. */
async function knownUsers(images: readonly Image[], catalog: string): Promise<Map<string, Users> | null> {
  try {
    const uses = await readUses(catalog);
    return uses.length === 0 ? null : usersOf(nameable(images), uses);
  } catch (error) {
    if (!(error instanceof RackhandError)) throw error;
    warn(error.message, error.mend);
    return null;
  }
}

export function warn(what: string, mend: string): void {
  process.stderr.write(`${what}\n  mend: ${mend}\n`);
}
