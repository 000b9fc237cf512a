import { expect, it } from 'vitest';
import { Batch } from '../../../pxe-server/store/batch.ts';

/** A writer that is slow, so that more comes in while it writes. */
function writer() {
  const writes: number[][] = [];
  const errors: unknown[] = [];
  let running = 0;
  const batch = new Batch<number>(
    async (items) => {
      expect(++running).toBe(1);
      writes.push(items);
      await new Promise(setImmediate);
      running -= 1;
      if (items.includes(-1)) throw new Error('disk full');
    },
    (error) => errors.push(String(error)),
    { pause: 0 },
  );
  return { batch, writes, errors };
}
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

it('what comes in at one moment is one write, in its order', async () => {
  const { batch, writes } = writer();
  for (const n of numbers(0, 500)) batch.add(n);
  await batch.drained();
  expect(writes).toEqual([numbers(0, 500)]);
});
it('never two writes at once, and none of more than 1000', async () => {
  const { batch, writes } = writer();
  for (const n of numbers(0, 2500)) batch.add(n);
  await batch.drained();
  expect(writes.map((items) => items.length)).toEqual([1000, 1000, 500]);
  expect(writes.flat()).toEqual(numbers(0, 2500));
});
it('a write that fails is told, and the next is made', async () => {
  const { batch, writes, errors } = writer();
  batch.add(-1);
  await batch.drained();
  batch.add(2);
  await batch.drained();
  expect(errors).toEqual(['Error: disk full']);
  expect(writes).toEqual([[-1], [2]]);
});
it('with nothing to write is drained', async () => {
  const { batch, writes } = writer();
  await batch.drained();
  expect(writes).toEqual([]);
});
