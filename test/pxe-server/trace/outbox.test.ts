import { expect, it } from 'vitest';
import { Outbox } from '../../../pxe-server/trace/outbox.ts';
import { discover } from './steps.ts';

it('sends some at a time, and a number for what is too much', () => {
  const sent: [number, number][] = [];
  const timers: (() => void)[] = [];
  const outbox = new Outbox(
    (steps, left) => sent.push([steps.length, left]),
    (_ms, run) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
  );
  outbox.add(undefined);
  expect(timers).toHaveLength(0);
  for (let i = 0; i < 5000; i++) outbox.add({ at: 999, fact: discover() });
  expect(sent).toEqual([]);
  timers[0]!();
  outbox.add({ at: 1000, fact: discover() });
  outbox.flush();
  outbox.flush();
  expect(sent).toEqual([
    [4000, 1000],
    [1, 0],
  ]);
  expect(timers).toHaveLength(0);
});
