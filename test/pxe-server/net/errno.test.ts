import { expect, it } from 'vitest';
import { errnoName } from '../../../pxe-server/net/libc.ts';

it.each([
  [11, 'EAGAIN'],
  [95, 'EOPNOTSUPP'],
  [111, 'ECONNREFUSED'],
  [28, 'ENOSPC'],
  [4000, 'errno 4000'],
])('error %i is named %s, as the manual pages do', (number, name) => {
  expect(errnoName(number)).toBe(name);
});
