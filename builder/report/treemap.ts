import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Manifest } from '../contract/manifest.ts';
import type { Contents } from '../strip/contents.ts';
import { decisionReason } from '../strip/why.ts';
import { packageOf } from './contributors.ts';
import type { FileRow, State, TreemapData } from './treemap/tree.ts';

/** One page that needs nothing else: what an image is made of before and after the strip, as a treemap. */
export async function renderTreemap(manifest: Manifest, contents: Contents): Promise<string> {
  const part = (name: string) => readFile(join(import.meta.dirname, 'treemap', name), 'utf8');
  const [page, style, layout, tree, ...script] = await Promise.all(
    ['page.html', 'page.css', 'layout.ts', 'tree.ts', 'draw.js', 'page.js'].map(part),
  );
  const code = [plainScript(layout!), plainScript(tree!), ...script.map(withoutModules)].join('\n');
  const parts: [marker: string, text: string][] = [
    ['@title', `${manifest.recipe.name} ${manifest.id}`],
    ['/* @style */', style!],
    ['"@data"', embedded(treemapData(manifest, contents))],
    ['/* @code */', code],
  ];
  return parts.reduce((text, [marker, part]) => text.replace(marker, () => part), page!);
}

export function treemapData(manifest: Manifest, contents: Contents): TreemapData {
  const packages = indexer();
  const reasons = indexer();
  const files = contents.paths
    .filter(({ kind, size }) => kind === 'file' && size > 0)
    .map((entry): FileRow => {
      const pkg = packages.of(packageOf(contents, entry.owners));
      const state: State = !entry.keep ? 0 : entry.why === 'rule' ? 1 : entry.why === 'needed' ? 2 : 3;
      return [entry.path, pkg, entry.size, state, reasons.of(decisionReason(contents, entry))];
    });
  return {
    ...{ image: manifest.id, recipe: manifest.recipe.name, kernel: manifest.kernelVersion },
    ...{ packages: packages.names, reasons: reasons.names, files },
  };
}

/** Names by index: each stands in the page once. */
function indexer(): { names: string[]; of: (name: string) => number } {
  const known = new Map<string, number>();
  const names: string[] = [];
  return {
    names,
    of: (name) => {
      const index = known.get(name) ?? names.push(name) - 1;
      known.set(name, index);
      return index;
    },
  };
}

/** JSON inside a script element: no file name may end that element. */
function embedded(data: TreemapData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function plainScript(source: string): string {
  return withoutModules(stripTypeScriptTypes(source));
}

/** The page is one script: its parts see each other without import. */
function withoutModules(source: string): string {
  return source.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, '');
}
