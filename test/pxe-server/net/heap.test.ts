import { describe, expect, it } from 'vitest';
import { Heap } from '../../../pxe-server/net/heap.ts';

const drained = (heap: Heap<number>) => Array.from({ length: heap.size }, () => heap.pop());

describe('a heap', () => {
  it.each<[string, number[]]>([
    ['nothing', []],
    ['one', [5]],
    ['two', [2, 1]],
    ['in order', [1, 2, 3, 4, 5, 6, 7]],
    ['in reverse', [7, 6, 5, 4, 3, 2, 1]],
    ['all the same', [3, 3, 3, 3]],
    ['without end', [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, -1]],
  ])('gives the smallest first: %s', (_what, keys) => {
    const heap = new Heap((key: number) => key, keys);
    expect(heap.size).toBe(keys.length);
    expect(heap.first).toBe(keys.length === 0 ? undefined : Math.min(...keys));
    expect([...heap].sort((a, b) => a - b)).toEqual(keys.toSorted((a, b) => a - b));
    expect(drained(heap)).toEqual(keys.toSorted((a, b) => a - b));
    expect([heap.first, heap.pop(), heap.size]).toEqual([undefined, undefined, 0]);
  });

  it('stays one while things come and go', () => {
    const heap = new Heap((key: number) => key);
    const kept: number[] = [];
    // A sequence without a pattern, the same each time (numbers of a linear congruence).
    for (let step = 0, number = 1; step < 2000; step++) {
      number = (number * 48_271) % 2_147_483_647;
      if (number % 3 === 0 && kept.length > 0) {
        kept.sort((a, b) => a - b);
        expect(heap.pop()).toBe(kept.shift());
      } else {
        heap.push(number % 500);
        kept.push(number % 500);
      }
    }
    expect(drained(heap)).toEqual(kept.toSorted((a, b) => a - b));
  });
});
