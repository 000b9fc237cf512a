import { expect, it } from 'vitest';
import { byteRanges } from '../../../pxe-server/http/ranges.ts';

const r = (start: number, end: number) => ({ start, end });
it.each<[string | undefined, ReturnType<typeof byteRanges>]>([
  [undefined, 'whole'],
  ['bytes=0-9', [r(0, 10)]],
  ['Bytes=0-9', [r(0, 10)]],
  ['bytes=90-', [r(90, 100)]],
  ['bytes=90-500', [r(90, 100)]],
  ['bytes=-10', [r(90, 100)]],
  ['bytes=-500', [r(0, 100)]],
  ['bytes=100-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=9-5', 'whole'],
  ['bytes=0-1,5-6', [r(0, 2), r(5, 7)]],
  ['bytes=5-6, 0-1', [r(5, 7), r(0, 2)]],
  ['bytes=,0-1,,', [r(0, 2)]],
  ['bytes=0-1,200-', [r(0, 2)]],
  ['bytes=200-,300-', 'none'],
  ['bytes=0-1,2-1', 'whole'],
  ['bytes=10-20,0-10,50-', [r(0, 21), r(50, 100)]],
  ['bytes=0-,0-,0-', [r(0, 100)]],
  [
    `bytes=${Array.from({ length: 16 }, (_, i) => `${i * 2}-${i * 2}`)}`,
    Array.from({ length: 16 }, (_, i) => r(i * 2, i * 2 + 1)),
  ],
  [`bytes=${Array.from({ length: 17 }, (_, i) => `${i * 2}-${i * 2}`)}`, 'whole'],
  [`bytes=${'0-0,'.repeat(200)}`, 'whole'],
  ['lines=0-1', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=', 'whole'],
  ['bytes=,', 'whole'],
  ['bytes=1234567890123456-', 'whole'],
])('%s', (header, expected) => {
  expect(byteRanges(header, 100)).toEqual(expected);
});

it('nothing of an empty file', () => {
  for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) expect(byteRanges(header, 0)).toBe('none');
});
