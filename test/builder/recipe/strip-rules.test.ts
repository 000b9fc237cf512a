import { describe, expect, it } from 'vitest';
import { globToRegExp, InitramfsEntry } from '../../../builder/recipe/strip-rules.ts';

it.each<[glob: string, path: string, matches: boolean]>([
  ['usr/share/doc/**', 'usr/share/doc/bash/README', true],
  ['usr/share/doc/**', 'usr/share/doc', false],
  ['usr/share/doc/**', 'usr/share/docs/x', false],
  ['usr/*/x', 'usr/share/x', true],
  ['usr/*/x', 'usr/share/doc/x', false],
  ['usr/**/x', 'usr/x', true],
  ['usr/**/x', 'usr/a/b/x', true],
  ['**/*.a', 'libfoo.a', true],
  ['**/*.a', 'usr/lib/libfoo.a', true],
  ['**/*.a', 'usr/lib/libfooxa', false],
  ['lib{,64}/x', 'lib64/x', true],
  ['lib{,64}/x', 'lib/x', true],
  ['lib{,64}/x', 'lib32/x', false],
  ['a/{b,c/{d,e}}/f', 'a/c/e/f', true],
  ['a/{b,c/{d,e}}/f', 'a/c/f', false],
  ['ttyS?', 'ttyS1', true],
  ['ttyS?', 'ttyS10', false],
  ['a+b(c)$', 'a+b(c)$', true],
  ['x\ny', 'x\ny', true],
])('%j and %j: %s', (glob, path, matches) => {
  expect(globToRegExp(glob).test(path)).toBe(matches);
});

it('an open brace is an error', () => {
  expect(() => globToRegExp('a{b')).toThrow('unclosed { in pattern a{b');
});

describe('a rule of the initramfs', () => {
  const because = 'a test';
  it.each([
    [{ use: 'initramfs' }, true],
    [{ 'drop-module': ['**'], because }, true],
    [{ 'drop-module': ['**'], unless: 'needed', because }, true],
    [{ 'keep-module': ['e1000e'], because }, true],
    [{ drop: ['usr/lib/**'], because }, false],
    [{ 'keep-package': ['kernel'], because }, false],
    [{ 'drop-module': ['**'], 'even-if': 'needed', because }, false],
  ])('%j: %s', (entry, good) => {
    expect(InitramfsEntry.safeParse(entry).success).toBe(good);
  });
});
