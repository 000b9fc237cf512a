import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PastBuild } from '../estimate.ts';
import { writeFileAtomic } from '../shared/atomic.ts';
import { underFileLock } from '../shared/lock.ts';

/** How long earlier builds took, `history.json` of the cache: for estimates, and nothing else hangs on it. */

/** Newest builds that are kept of each recipe and end, and how many of these. */
const BUILDS = 8;
const NAMES = 64;

const PastStage = z.strictObject({
  stage: z.string().max(32),
  reused: z.boolean(),
  milliseconds: z.int().nonnegative(),
});

const History = z.strictObject({ name: z.string(), builds: z.array(z.array(PastStage)) });
export type History = z.infer<typeof History>;

/** Newest first, names and builds alike. */
const Histories = z.array(History);

/** The builds of one name, newest first; none when there are none, or when the file was damaged. */
export async function readHistory(cache: string, name: string): Promise<History> {
  return (await read(cache)).find((one) => one.name === name) ?? { name, builds: [] };
}

/** Adds a build to those that other builds may be adding at this moment. */
export async function keepHistory(
  cache: string,
  name: string,
  build: PastBuild,
  signal?: AbortSignal,
): Promise<void> {
  await underFileLock(join(cache, 'locks/history'), { signal }, async () => {
    const before = await read(cache);
    const [own, others] = [true, false].map((is) => before.filter((one) => (one.name === name) === is));
    const builds = [[...build], ...own!.flatMap((one) => one.builds)].slice(0, BUILDS);
    await writeFileAtomic(fileOf(cache), JSON.stringify([{ name, builds }, ...others!].slice(0, NAMES)));
  });
}

async function read(cache: string): Promise<History[]> {
  try {
    return Histories.parse(JSON.parse(await readFile(fileOf(cache), 'utf8')));
  } catch {
    return [];
  }
}

function fileOf(cache: string): string {
  return join(cache, 'history.json');
}
