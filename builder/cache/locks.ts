import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RackhandError } from '../shared/errors.ts';
import { isOwnerAlive, takeLock } from '../shared/owner.ts';

const PAUSE_MS = 200;

/** Waits for a lock that another build holds, saying so once, then works under it. */
export async function underLock<T>(
  cache: string,
  name: string,
  onWait: (message: string) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  for (let told = false; ; ) {
    signal?.throwIfAborted();
    try {
      const release = await takeLock(join(cache, 'locks', name), 'lock-held', 'waiting for another build');
      try {
        return await work();
      } finally {
        await release();
      }
    } catch (error) {
      if (!(error instanceof RackhandError) || error.code !== 'lock-held') throw error;
      if (!told) onWait(error.message);
      told = true;
      await wait(PAUSE_MS, undefined, signal ? { signal } : {});
    }
  }
}

/** Removes locks of builds that were killed. */
export async function openLocks(cache: string): Promise<void> {
  const folder = join(cache, 'locks');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const owner = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (owner !== '' && !(await isOwnerAlive(owner))) await rm(join(folder, name), { force: true });
  }
}
