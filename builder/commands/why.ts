import type { Command } from 'commander';
import { readDescribed } from '../report/read.ts';
import { columns, section, size } from '../report/text.ts';
import { type Explanation, explainPath } from '../strip/why.ts';
import { CATALOG, type CatalogFlags, print, printJson } from './options.ts';

/** `rackhand why IMAGE PATH` */
export function addWhyCommand(program: Command): void {
  program
    .command('why')
    .description('why a path is in an image, or is not: rule, package, bytes, and what needs it')
    .argument('<image>', 'id, prefix of one, or recipe')
    .argument('<path>', 'path from the root, or the name of a kernel module')
    .option('--catalog <folder>', 'folder of images', CATALOG)
    .option('--json', 'print JSON')
    .action(async (image: string, path: string, { catalog, json }: CatalogFlags) => {
      const { contents } = await readDescribed(catalog, image);
      const found = explainPath(contents, path);
      if (json) printJson(found);
      else print(found.map(renderExplanation).join('\n\n'));
    });
}

export function renderExplanation(found: Explanation): string {
  const { path, keep, bytes, packages, because, neededBy, needs } = found;
  return [
    `/${path} ${keep ? 'is in the image' : 'was removed'}`,
    ...columns([
      ['  because', because],
      ['  bytes', bytes < 1024 ? `${bytes}` : `${bytes} (${size(bytes)})`],
      ['  package', packages.length === 0 ? 'none: the build made it' : packages.join(', ')],
    ]),
    ...section(keep ? 'needed by' : 'was needed by', neededBy),
    ...section('needs', needs),
  ].join('\n');
}
