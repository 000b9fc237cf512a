import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { TemplateName } from './names.ts';

/** In the folder of control. */
export const TEMPLATE_NAMES = 'template-names.json';

const Names = z.array(TemplateName).max(10_000);

/** Templates that hosts of a file may name at the next start: the database, which has them too, is control's alone. */
export async function writeNames(path: string, names: readonly string[]): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(names)}\n`);
}

/** Without the file, or with one that is none, no names. */
export async function readNames(path: string): Promise<string[]> {
  try {
    return Names.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return [];
  }
}
