import { setTimeout as wait } from 'node:timers/promises';
import { RackhandError } from '../shared/errors.ts';
import { takeLock } from '../shared/owner.ts';

const PAUSE_MS = 200;

/** Waits for a lock that another build holds, saying so once, then works under it. */
export async function underLock<T>(
  file: string,
  onWait: (message: string) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  for (let told = false; ; ) {
    signal?.throwIfAborted();
    try {
      const release = await takeLock(file, 'lock-held', 'waiting for another build');
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
