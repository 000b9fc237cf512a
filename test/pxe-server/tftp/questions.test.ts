import { expect, it } from 'vitest';
import { Questions } from '../../../pxe-server/tftp/questions.ts';

const question = (name: string) => ({ name, client: '192.0.2.9', local: '192.0.2.1' });

function questions() {
  const sent: { id: number; name: string }[][] = [];
  const found: string[] = [];
  const all = new Questions((some) => void sent.push(some));
  const ask = (name: string) =>
    all.ask(question(name), (answer) => found.push(`${name} ${'file' in answer}`));
  return { all, sent, found, ask };
}

it('go together, one message at a time, and each gets its own answer', () => {
  const { all, sent, found, ask } = questions();
  ask('a');
  ask('b');
  all.turnEnds();
  ask('c');
  all.turnEnds();
  expect(sent.map((some) => some.map(({ name }) => name))).toEqual([['a', 'b']]);
  const [a, b] = sent[0]!.map(({ id }) => id);
  all.answered([
    { id: b!, failed: 'x' },
    { id: a!, file: undefined },
  ]);
  all.turnEnds();
  expect(found).toEqual(['b false', 'a true']);
  expect(sent[1]).toEqual([{ ...question('c'), id: 3 }]);
});

it('that nobody wants any more are not sent; those on their way are answered', () => {
  const { all, sent, found, ask } = questions();
  const first = ask('first');
  all.turnEnds();
  first();
  for (let i = 0; i < 10_000; i++) ask(`old ${i}`)();
  ask('last');
  all.answered([{ id: sent[0]![0]!.id, file: undefined }]);
  all.turnEnds();
  expect(sent[1]!.map(({ name }) => name)).toEqual(['last']);
  expect(found).toEqual(['first true']);
});

it('are sent some at a time', () => {
  const { all, sent, ask } = questions();
  for (let i = 0; i < 100; i++) ask(String(i));
  all.turnEnds();
  all.answered(sent[0]!.map(({ id }) => ({ id, file: undefined })));
  all.turnEnds();
  expect(sent.map((some) => some.length)).toEqual([64, 36]);
});
