import { expect, it } from 'vitest';
import { inParallel } from './parallel.ts';

it('keeps the order of its items', async () => {
  const later = (ms: number) => new Promise<number>((resolve) => setTimeout(() => resolve(ms), ms));
  expect(await inParallel([30, 1, 10, 2], undefined, later)).toEqual([30, 1, 10, 2]);
});

it('cancels the others at the first failure, and throws that one', async () => {
  const started: number[] = [];
  const work = inParallel(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    undefined,
    async (item, signal) => {
      started.push(item);
      if (item === 2) throw new Error('second');
      await new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('cancelled'))),
      );
    },
  );
  await expect(work).rejects.toThrow('second');
  expect(started.length).toBeLessThan(14);
});

it('starts nothing after it was cancelled', async () => {
  const stopping = new AbortController();
  stopping.abort(new Error('stopped'));
  const started: number[] = [];
  await expect(inParallel([1], stopping.signal, async (item) => started.push(item))).rejects.toThrow(
    'stopped',
  );
  expect(started).toEqual([]);
});
