/** Waits for all, also when one of them fails; then throws what the first of them threw. */
export async function together(...work: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(work);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
