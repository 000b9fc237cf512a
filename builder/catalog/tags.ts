import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Slug } from '../contract/fields.ts';
import { syncDirectory, writeFileAtomic } from '../shared/atomic.ts';
import { errno, RackhandError } from '../shared/errors.ts';
import { isImageId } from './id.ts';
import { DIGITS } from './resolve.ts';

/** Folder of the catalog with a file for each tag: its name, and in it the id of its image. */
export const TAGS = 'tags';

/** Tag → id of its image, in the order of their letters; also of an image that is not here. */
export async function readTags(catalog: string): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  for (const tag of (await names(catalog)).sort()) {
    const id = (await readFile(join(catalog, TAGS, tag), 'utf8').catch(() => '')).trim();
    if (isImageId(id)) tags.set(tag, id);
  }
  return tags;
}

/** Makes or moves a tag by one rename: readers see the image before or the one after. */
export async function writeTag(catalog: string, tag: string, id: string): Promise<void> {
  await writeFileAtomic(join(catalog, TAGS, tag), `${id}\n`);
  await syncDirectory(join(catalog, TAGS));
}

/** @returns false when there is no such tag */
export async function deleteTag(catalog: string, tag: string): Promise<boolean> {
  if (!(await names(catalog)).includes(tag)) return false;
  await rm(join(catalog, TAGS, tag), { force: true });
  await syncDirectory(join(catalog, TAGS));
  return true;
}

/**
 * A tag that would mean something else as well, or could be none.
 * @param recipes names that mean the newest build of a recipe
 * @throws RackhandError tag-invalid
 */
export function refuseTag(tag: string, recipes: readonly string[]): void {
  const mend = 'choose another, such as stable or canary';
  const refuse = (why: string) => new RackhandError('tag-invalid', `${JSON.stringify(tag)} ${why}`, mend);
  if (!Slug.safeParse(tag).success)
    throw refuse('is no tag: lower-case letters, digits, dot, dash, underscore; 63 at most');
  if (DIGITS.test(tag)) throw refuse('could be digits of an image’s id');
  if (recipes.includes(tag)) throw refuse('is the name of a recipe, which means its newest image');
}

/** What is being written begins with a dot. */
async function names(catalog: string): Promise<string[]> {
  const found = await readdir(join(catalog, TAGS)).catch((error) => {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return [];
    throw error;
  });
  return found.filter((name) => Slug.safeParse(name).success);
}
