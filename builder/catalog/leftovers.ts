import { join } from 'node:path';
import { halfWritten, type Leftover, leftover, namesIn, orphaned } from '../shared/leftover.ts';
import { ids } from './survey.ts';
import { TAGS } from './tags.ts';
import { USES } from './uses.ts';

/** What ended builds, imports and removals have left in a catalog. Within changeCatalog: no removal is at work then. */
export async function catalogLeftovers(catalog: string, now: number): Promise<Leftover[]> {
  const images = await ids(catalog);
  const gone = (await namesIn(catalog)).filter((name) => name.startsWith('.removed-'));
  const folders = [catalog, ...[TAGS, USES, ...images].map((name) => join(catalog, name))];
  const halves = await Promise.all(folders.map((folder) => halfWritten(folder, now)));
  return [
    ...(await orphaned(
      catalog,
      /^\.building-(\d+-\d+)-[0-9a-f]+$/,
      'of a build or an import that was ended',
    )),
    ...(await Promise.all(gone.map((name) => leftover(join(catalog, name), 'of a removal that was ended')))),
    ...halves.flat(),
  ];
}
