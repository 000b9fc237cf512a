import { expect, it } from 'vitest';
import { byteRange } from '../../../pxe-server/http/ranges.ts';

const whole = { start: 0, end: 99, partial: false };
it.each([
  [undefined, whole],
  ['bytes=0-9', { start: 0, end: 9, partial: true }],
  ['bytes=90-', { start: 90, end: 99, partial: true }],
  ['bytes=90-500', { start: 90, end: 99, partial: true }],
  ['bytes=-10', { start: 90, end: 99, partial: true }],
  ['bytes=-500', { start: 0, end: 99, partial: true }],
  ['bytes=100-', undefined],
  ['bytes=-0', undefined],
  ['bytes=9-5', whole],
  ['bytes=0-1,5-6', whole],
  ['lines=0-1', whole],
  ['bytes=-', whole],
])('%s', (header, expected) => {
  expect(byteRange(header, 100)).toEqual(expected);
});
