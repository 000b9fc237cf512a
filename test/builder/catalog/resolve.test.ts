import { expect, it } from 'vitest';
import { imagesNamed } from '../../../builder/catalog/resolve.ts';

const image = (id: string, name: string, builtAt = '2026-01-01T00:00:00.000Z', tags: string[] = []) => ({
  ...{ id, name, builtAt, tags },
});
const images = [
  image('aaaa000000000000', 'lab', '2025-01-01T00:00:00.000Z', ['stable', 'rocky9']),
  image('aaaa111111111111', 'lab'),
  image('bbbb000000000000', 'rocky9'),
  image('cccc000000000000', 'bbbb'),
];

it.each<[what: string, name: string, ids: string[]]>([
  ['a recipe means its newest build', 'lab', ['aaaa111111111111']],
  ['a full id', 'aaaa000000000000', ['aaaa000000000000']],
  ['digits that one id begins with', 'aaaa1', ['aaaa111111111111']],
  ['digits that several ids begin with', 'aaaa', ['aaaa000000000000', 'aaaa111111111111']],
  ['a recipe goes before digits of an id', 'bbbb', ['cccc000000000000']],
  ['a tag', 'stable', ['aaaa000000000000']],
  ['a tag goes before a recipe that came later', 'rocky9', ['aaaa000000000000']],
  ['a tag that no image has', 'canary', []],
  ['fewer than four digits are no name', 'ccc', []],
  ['digits only, and lower case', 'CCCC', []],
  ['nothing', '', []],
  ['more than an id', 'cccc0000000000000', []],
])('%s: %j', (_what, name, ids) => {
  expect(imagesNamed(images, name).map(({ id }) => id)).toEqual(ids);
});
it('two builds of one moment: the lower id, whatever their order', () => {
  const twins = [image('2222000000000000', 'lab'), image('1111000000000000', 'lab')];
  for (const list of [twins, [...twins].reverse()])
    expect(imagesNamed(list, 'lab')).toMatchObject([{ id: '1111000000000000' }]);
});
