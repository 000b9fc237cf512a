import { stringify } from 'yaml';
import { z } from 'zod';
import type { LoadedRecipe } from './load.ts';
import { RecipeFile } from './schema.ts';

/** A recipe for people and for editors: pure. */

/** What a recipe comes to, as a recipe: reading it again gives the same image. */
export function flatRecipe({ recipe }: LoadedRecipe): RecipeFile {
  const { variables: _, ...rest } = recipe;
  return rest;
}

export function recipeYaml(loaded: LoadedRecipe): string {
  const { recipe, release } = loaded;
  return [
    `# ${recipe.name} after extension, the names of ${recipe.base}${recipe.arch === 'x86_64' ? '' : ` on ${recipe.arch}`}, and variables.`,
    `# Runs on ${release.cpu} and later; every boot has ${release.live.join(' ')}.`,
    stringify(flatRecipe(loaded), { lineWidth: 100 }).trimEnd(),
  ].join('\n');
}

/** JSON Schema of recipe files, for editors that complete and check while one writes. */
export function recipeSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(RecipeFile, { io: 'input' }),
    title: 'Rackhand recipe',
  };
}
