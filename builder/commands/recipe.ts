import type { Command } from 'commander';
import { describeAbstract, loadRecipe } from '../recipe/load.ts';
import { flatRecipe, recipeSchema, recipeYaml } from '../recipe/show.ts';
import { collect, print, printJson, recipeFile } from './options.ts';

interface RecipeFlags {
  set: Record<string, string>;
  json?: boolean;
}

/** `rackhand recipe …` */
export function addRecipeCommands(program: Command): void {
  const recipe = program.command('recipe').description('recipes');
  const command = (name: string, description: string) =>
    recipe
      .command(name)
      .description(description)
      .argument('<recipe>', 'file, or the name of one in images/recipes', recipeFile)
      .option('--set <name=value>', "value of ${name} in the recipe's URLs", collect, {});
  command('check', 'read a recipe and its strip rules; builds nothing and needs no network').action(check);
  command('show', 'the recipe after extension, the names of its release, and variables')
    .option('--json', 'JSON instead of YAML')
    .action(async (file: string, { set, json }: RecipeFlags) => {
      const loaded = await loadRecipe(file, set);
      if (json) printJson(flatRecipe(loaded));
      else print(recipeYaml(loaded));
    });
  recipe
    .command('schema')
    .description('JSON Schema of recipe files, for editors')
    .action(() => printJson(recipeSchema()));
}

async function check(file: string, { set }: RecipeFlags): Promise<void> {
  const abstract = await describeAbstract(file);
  if (abstract) {
    print(`${abstract.name}: abstract, ${abstract.packages.length} packages; for recipes that extend it`);
    return;
  }
  const { recipe, release, rules, sha256 } = await loadRecipe(file, set);
  const unchecked = recipe.repositories.filter(({ gpgcheck }) => gpgcheck !== true);
  print(
    [
      `${recipe.name}: ${recipe.base} for ${recipe.arch}, ${recipe.packages.length} packages, libvirt ${recipe.libvirt}, runs on ${release.cpu}`,
      ...recipe.repositories.map(
        ({ id, baseurl, metalink, mirrorlist }) => `  ${id}  ${baseurl ?? metalink ?? mirrorlist}`,
      ),
      ...unchecked.map(
        ({ id }) => `  WARNING: packages of ${id} are installed with their signatures UNCHECKED`,
      ),
      `  ${rules.length} strip rules, sha256 ${sha256}`,
    ].join('\n'),
  );
}
