import { expect, it } from 'vitest';
import { untilStopped } from './stop.ts';

it('waits for the stop, also for one that came before', async () => {
  const stopping = new AbortController();
  const order: string[] = [];
  const waiting = untilStopped(stopping.signal).then(() => order.push('stopped'));
  await Promise.resolve();
  order.push('stop');
  stopping.abort();
  await waiting;
  await untilStopped(stopping.signal);
  expect(order).toEqual(['stop', 'stopped']);
});
