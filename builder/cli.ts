import type { Command } from 'commander';
import { addBuildCommand } from './commands/build.ts';
import { addImagesCommands } from './commands/images.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addLockCommand } from './commands/lock.ts';
import { addRecipeCommands } from './commands/recipe.ts';
import { addWhyCommand } from './commands/why.ts';

/** Everything that makes images and tells about them; one file of commands/ for each family. */
export function addBuilderCommands(program: Command): void {
  addBuildCommand(program);
  addLockCommand(program);
  addRecipeCommands(program);
  addImagesCommands(program);
  addWhyCommand(program);
  addKeysCommands(program);
}
