import { expect, it } from 'vitest';
import { isFirstUserNamespace } from '../../../builder/image/way.ts';

it.each([
  ['         0          0 4294967295\n', true],
  ['         0       1000          1\n         1     100000      65536\n', false],
  ['         0     100000      65536\n', false],
  ['', false],
])('uid_map %j: first user namespace %s', (map, first) => {
  expect(isFirstUserNamespace(map)).toBe(first);
});
