import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errno, RackhandError } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import type { WrittenRecipe } from './extend.ts';
import { RecipeFile } from './schema.ts';
import { invalid, parseStrict } from './strict.ts';

/** Folder of the recipes that come with the program. */
export const RECIPES = join(import.meta.dirname, '../../images/recipes');

/**
 * A recipe's file and those that it extends, from the one that extends nothing to the recipe's own.
 * @throws RackhandError recipe-missing | recipe-invalid
 */
export async function readChain(file: string): Promise<WrittenRecipe[]> {
  const chain: WrittenRecipe[] = [];
  for (let next: string | undefined = file; next !== undefined; ) {
    const written: WrittenRecipe = {
      file: next,
      ...parseStrict(await readRecipeText(next), next, RecipeFile),
    };
    chain.unshift(written);
    next = await parentOf(written, chain);
  }
  return chain;
}

async function parentOf(written: WrittenRecipe, chain: WrittenRecipe[]): Promise<string | undefined> {
  const name = written.data.extends;
  if (name === undefined) return undefined;
  const at = `${written.file}:${written.lineOf(['extends'])}: extends`;
  const found = await find(name, dirname(written.file), at);
  if (chain.some(({ file }) => resolve(file) === resolve(found))) {
    const loop = [...chain.map(({ file }) => basename(file)).reverse(), basename(found)];
    throw invalid(`${at}: recipes extend each other in a loop: ${loop.join(' → ')}`);
  }
  return found;
}

async function find(name: string, beside: string, at: string): Promise<string> {
  const isName = /^[a-z0-9][a-z0-9.-]*$/.test(name) && !name.endsWith('.yaml');
  const places = isName ? [beside, RECIPES].map((f) => join(f, `${name}.yaml`)) : [resolve(beside, name)];
  for (const place of places) {
    if (
      await stat(place).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return place;
  }
  if (!isName) throw invalid(`${at}: there is no file ${places[0]}`);
  const listed = await Promise.all([beside, RECIPES].map((folder) => readdir(folder).catch(() => [])));
  const known = listed.flat().flatMap((entry) => (entry.endsWith('.yaml') ? entry.slice(0, -5) : []));
  const near = nearest(name, known, 1)[0];
  throw invalid(`${at}: there is no recipe "${name}"${near ? `; did you mean "${near}"?` : ''}`);
}

export async function readRecipeText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const what = errno(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${errno(cause)})`;
    const mend = 'name a recipe such as images/recipes/lab.yaml';
    throw new RackhandError('recipe-missing', `${file} ${what}`, mend, { cause });
  }
}
