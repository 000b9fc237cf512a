import { expect, it } from 'vitest';
import { FloodGate } from '../../../pxe-server/events/flood-gate.ts';

it('500 events of a second are told, the rest as a number; the next second is told again', () => {
  const told: string[] = [];
  const rest: string[] = [];
  const gate = new FloodGate<{ message: string }>(
    (event) => told.push(event.message),
    (message) => rest.push(message),
    'event(s)',
  );
  for (let i = 0; i < 700; i++) gate.tell({ message: `e${i}` }, 5000 + i);
  expect(told).toEqual(Array.from({ length: 500 }, (_, i) => `e${i}`));
  gate.tell({ message: 'next' }, 6000);
  expect(told.at(-1)).toBe('next');
  gate.stop();
  expect(rest).toEqual([
    '1 more event(s) than can be told, the last: e500',
    '199 more event(s) than can be told, the last: e699',
  ]);
});
