import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepLocks, underFileLock } from '../shared/lock.ts';

/** Waits for a lock that another build holds, saying so once, then works under it. */
export async function underLock<T>(
  cache: string,
  name: string,
  say: (message: string) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const onWait = (holder: string) => say(`waiting for another build (${holder})`);
  return underFileLock(join(cache, 'locks', name), { onWait, signal }, work);
}

/** Removes what builds that were killed have left of their locks. */
export async function openLocks(cache: string): Promise<void> {
  const folder = join(cache, 'locks');
  await mkdir(folder, { recursive: true });
  await sweepLocks(folder);
}
