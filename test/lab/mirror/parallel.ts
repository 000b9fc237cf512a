import { availableParallelism } from 'node:os';

/** Runs a job for each item, as many at a time as there are cores; the first failure cancels the others. */
export async function inParallel<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  job: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const results: R[] = new Array(items.length);
  let next = 0;
  let fault: { error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && !either.aborted) {
      const at = next++;
      try {
        results[at] = await job(items[at]!, either);
      } catch (error) {
        fault ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  if (fault) throw fault.error;
  signal?.throwIfAborted();
  return results;
}
