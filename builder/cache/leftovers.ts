import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { halfWritten, type Leftover, leftover, namesIn, orphaned } from '../shared/leftover.ts';
import { tryLock } from '../shared/lock.ts';
import { GONE, removeResult, STAGES, USERS } from './stages.ts';

/**
 * What ended builds have left in a cache, and results of stages that no build has used for so long.
 * @param idle milliseconds
 */
export async function cacheLeftovers(cache: string, now: number, idle: number): Promise<Leftover[]> {
  const stages = join(cache, STAGES);
  const names = await namesIn(stages);
  const gone = names.filter((name) => name.startsWith(GONE));
  const found = [
    ...(await orphaned(cache, /^work-(\d+-\d+)-/, 'of a build that was ended')),
    ...(await Promise.all(gone.map((name) => leftover(join(stages, name), 'of a removal that was ended')))),
    ...(await halfWritten(cache, now)),
  ];
  for (const name of names.filter((one) => !one.startsWith('.'))) {
    const path = join(stages, name);
    const used = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => now,
    );
    if (now - used <= idle || !(await isUnused(cache, name))) continue;
    const days = Math.floor((now - used) / 86_400_000);
    const why = `a result that no build has used for ${days} days`;
    found.push(await leftover(path, why, () => removeResult(cache, name)));
  }
  return found;
}

async function isUnused(cache: string, name: string): Promise<boolean> {
  if (!(await namesIn(join(cache, USERS))).includes(name)) return true;
  const lock = await tryLock(join(cache, USERS, name), 'exclusive');
  await lock?.release();
  return lock !== undefined;
}
