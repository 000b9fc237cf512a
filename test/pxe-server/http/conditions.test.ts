import { expect, it } from 'vitest';
import { conditions } from '../../../pxe-server/http/conditions.ts';

const DATE = 'Thu, 01 Jan 1970 00:00:00 GMT';
it.each<[Record<string, string>, ReturnType<typeof conditions>]>([
  [{}, 'ranges'],
  [{ 'if-match': '"a"' }, 'ranges'],
  [{ 'if-match': '"b", "a"' }, 'ranges'],
  [{ 'if-match': '*' }, 'ranges'],
  [{ 'if-match': '"b"' }, 'failed'],
  [{ 'if-match': 'W/"a"' }, 'failed'],
  [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 'failed'],
  [{ 'if-none-match': '"a"' }, 'not-modified'],
  [{ 'if-none-match': '"b",W/"a"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"b"' }, 'ranges'],
  [{ 'if-none-match': '' }, 'ranges'],
  [{ 'if-range': '"a"' }, 'ranges'],
  [{ 'if-range': 'W/"a"' }, 'whole'],
  [{ 'if-range': '"b"' }, 'whole'],
  [{ 'if-range': DATE }, 'whole'],
  [{ 'if-modified-since': DATE, 'if-unmodified-since': DATE }, 'ranges'],
])('%j', (headers, expected) => {
  expect(conditions(headers, '"a"')).toBe(expected);
});
