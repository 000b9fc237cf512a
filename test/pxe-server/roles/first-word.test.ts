import { expect, it } from 'vitest';
import { firstWord } from '../../../pxe-server/roles/first-word.ts';

function asking(...answers: (Promise<string> | string | Error)[]) {
  const taken: string[] = [];
  const faults: unknown[] = [];
  const ask = async () => {
    const next = answers.shift()!;
    if (next instanceof Error) throw next;
    return next;
  };
  const word = (patience: number) =>
    firstWord(ask, (one) => taken.push(one), { patience, onFault: (error) => faults.push(error) });
  return { taken, faults, word };
}

it('is waited for', async () => {
  const { taken, faults, word } = asking('a');
  await word(60_000);
  expect([taken, faults]).toEqual([['a'], []]);
});
it('is asked for again, where who was asked has ended', async () => {
  const ended = new Error('ended');
  const { taken, faults, word } = asking(ended, 'a');
  await word(60_000);
  expect([taken, faults]).toEqual([['a'], [ended]]);
});
it('is done without when there is none', async () => {
  const faults = [new Error('first'), new Error('second')];
  const asked = asking(...faults);
  await asked.word(60_000);
  expect([asked.taken, asked.faults]).toEqual([[], faults]);
});
it('is taken when it comes, though nobody waited so long', async () => {
  const late = Promise.withResolvers<string>();
  const { taken, word } = asking(late.promise);
  await word(10);
  expect(taken).toEqual([]);
  late.resolve('a');
  await expect.poll(() => taken).toEqual(['a']);
});
