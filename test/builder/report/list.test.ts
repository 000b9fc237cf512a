import { expect, it } from 'vitest';
import { type ListedImage, renderList, renderNames } from '../../../builder/report/list.ts';

const listed = (change: Partial<ListedImage> = {}): ListedImage => ({
  ...{ id: '0123456789abcdef', recipe: 'lab', builtAt: '2026-01-02T03:04:05.000Z', bytes: 5 << 20 },
  ...{ kernelVersion: '6.1.0', tags: [], signature: 'signed', users: null, ...change },
});

it('a table with sizes at their right, and no column of hosts when nothing is known of them', () => {
  const images = [
    listed({ tags: ['canary', 'stable'] }),
    listed({ recipe: 'rocky9', bytes: 345 << 20, builtAt: null, signature: 'UNSIGNED' }),
  ];
  expect(renderList(images).split('\n')).toEqual([
    'IMAGE             RECIPE  BUILT                  SIZE  KERNEL  SIGNATURE  TAGS',
    '0123456789abcdef  lab     2026-01-02 03:04    5.0 MiB  6.1.0   signed     canary, stable',
    '0123456789abcdef  rocky9  unknown           345.0 MiB  6.1.0   UNSIGNED   -',
  ]);
});
it.each([
  [{ hosts: [], servers: [] }, '-'],
  [{ hosts: ['n1'], servers: [] }, 'n1'],
  [{ hosts: ['n1', 'n2', 'n3', 'n4'], servers: ['boot1'] }, '4: n1, n2, n3 and 1 more; default of boot1'],
  [{ hosts: [], servers: ['boot1', 'boot2'] }, 'default of boot1; default of boot2'],
])('used by %j: %s', (users, text) => {
  const [head, row] = renderList([listed({ users })]).split('\n');
  expect(row!.slice(head!.indexOf('USED BY'))).toBe(text);
});
it('none', () => {
  expect(renderList([])).toBe('no images; rackhand build RECIPE makes one');
});
it.each<[change: Partial<ListedImage> | undefined, text: string]>([
  [undefined, ''],
  [{}, ''],
  [{ tags: ['canary', 'stable'] }, 'tags: canary, stable\n'],
  [{ tags: ['canary'], users: { hosts: ['n1'], servers: [] } }, 'tags: canary\nused by: n1\n'],
])('names of %j: %j', (change, text) => {
  expect(renderNames(change && listed(change))).toBe(text);
});
