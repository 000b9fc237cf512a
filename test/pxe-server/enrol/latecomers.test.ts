import { expect, it } from 'vitest';
import { Latecomers } from '../../../pxe-server/enrol/latecomers.ts';

it('an unknown token may still be announced for half a minute after it was first shown', () => {
  const latecomers = new Latecomers();
  expect(latecomers.mayCome('a', 0)).toBe(true);
  expect(latecomers.mayCome('b', 29_000)).toBe(true);
  expect(latecomers.mayCome('a', 29_999)).toBe(true);
  expect(latecomers.mayCome('a', 30_000)).toBe(false);
  expect(latecomers.mayCome('a', 31_000)).toBe(false);
  expect(latecomers.mayCome('b', 58_999)).toBe(true);
});
it('only so many are remembered: the oldest is forgotten first', () => {
  const latecomers = new Latecomers();
  latecomers.mayCome('first', 0);
  for (let i = 0; i < 10_000; i++) latecomers.mayCome(`token ${i}`, 1);
  expect(latecomers.mayCome('token 9999', 40_000)).toBe(false);
  expect(latecomers.mayCome('first', 40_000)).toBe(true);
});
