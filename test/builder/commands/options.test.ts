import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collect, recipeFile } from '../../../builder/commands/options.ts';

it.each([
  ['lab', join(import.meta.dirname, '../../../images/recipes/lab.yaml')],
  ['lab.yaml', 'lab.yaml'],
  ['./lab', './lab'],
  ['/etc/x.yaml', '/etc/x.yaml'],
])('recipe %s is %s', (text, expected) => {
  expect(recipeFile(text)).toBe(expected);
});

it('--set gathers, and wants a name and a value', () => {
  expect(collect('b=2=3', { a: '1' })).toEqual({ a: '1', b: '2=3' });
  expect(() => collect('=x', {})).toThrow('expected name=value');
});
