import type { Command } from 'commander';
import { loadRecipe } from '../recipe/load.ts';
import { collect, print, recipeFile } from './options.ts';

/** `rackhand recipe …` */
export function addRecipeCommands(program: Command): void {
  program
    .command('recipe')
    .description('recipes')
    .command('check')
    .description('read a recipe and its strip rules; builds nothing and needs no network')
    .argument('<recipe>', 'file, or the name of one in images/recipes', recipeFile)
    .option('--set <name=value>', "value of ${name} in the recipe's URLs", collect, {})
    .action(async (file: string, { set }: { set: Record<string, string> }) => {
      const { recipe, rules, sha256 } = await loadRecipe(file, set);
      print(
        [
          `${recipe.name}: ${recipe.base}, ${recipe.packages.length} packages, libvirt ${recipe.libvirt}`,
          ...recipe.repositories.map(({ id, baseurl, metalink }) => `  ${id}  ${baseurl ?? metalink}`),
          `  ${rules.length} strip rules, sha256 ${sha256}`,
        ].join('\n'),
      );
    });
}
