import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DnfPaths } from '../root/arguments.ts';
import { inRoot } from '../root/dnf.ts';
import { osRelease } from '../root/import/accept.ts';
import { readInside } from '../shared/inside.ts';
import { licenceIndex, textPaths, withoutText } from './licences.ts';
import {
  type Distribution,
  detailArguments,
  fileArguments,
  type Installed,
  parseDetails,
} from './packages.ts';
import { collectTexts, packTexts, type TextOptions } from './texts.ts';

/** What `installed.json` beside a root in the cache holds. */
export interface InstalledRecord extends Installed {
  /** Names of packages whose licence texts are not known. */
  withoutText: string[];
}

export const INSTALLED_FILE = 'installed.json';
export const LICENCES_FILE = 'licences.tar.gz';

/**
 * Writes what later tells of the packages of an image, from the root's own database and before anything is stripped:
 * installed.json and licences.tar.gz in `folder`. Depends on the packages alone, so that it is kept with the root.
 */
export async function recordPackages(paths: DnfPaths, folder: string, options: TextOptions): Promise<void> {
  const ask = (argv: string[]) => inRoot(argv, paths, options.signal);
  const distribution = await readDistribution(paths.root);
  const details = parseDetails(await ask(detailArguments(paths.root)));
  const wanted = textPaths(await ask(fileArguments(paths.root)));
  const index = licenceIndex(details.packages, await collectTexts(paths, wanted, options));
  await writeFile(join(folder, LICENCES_FILE), await packTexts(index, options));
  const record: InstalledRecord = {
    ...(distribution ? { distribution } : {}),
    ...{ ...details, withoutText: withoutText(index) },
  };
  await writeFile(join(folder, INSTALLED_FILE), JSON.stringify(record));
}

async function readDistribution(root: string): Promise<Distribution | undefined> {
  const text = (await readInside(root, 'etc/os-release')) ?? (await readInside(root, 'usr/lib/os-release'));
  const { ID, VERSION_ID = '', PRETTY_NAME, CPE_NAME } = osRelease(text ?? '');
  if (ID === undefined) return undefined;
  const cpe = CPE_NAME === undefined ? {} : { cpe: CPE_NAME };
  return { id: ID, version: VERSION_ID, name: PRETTY_NAME ?? ID, ...cpe };
}
