import { expect, it } from 'vitest';
import { Retold } from '../../../pxe-server/roles/retold.ts';

it('tells again what is a few seconds old at most, oldest first', () => {
  const retold = new Retold<string>();
  for (const [i, notice] of ['a', 'b', 'c'].entries()) retold.add(notice, i * 3000);
  expect(retold.all(6000)).toEqual(['b', 'c']);
  expect(retold.all(8000)).toEqual(['c']);
  expect(retold.all(60_000)).toEqual([]);
});
it('keeps no more than the launcher does', () => {
  const retold = new Retold<number>();
  for (let i = 0; i < 6000; i++) retold.add(i, 0);
  expect(retold.all(0)).toEqual(Array.from({ length: 5000 }, (_, i) => 1000 + i));
});
