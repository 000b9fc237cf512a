import { expect, it } from 'vitest';
import { splitLines } from '../../../pxe-server/kickstart/lines.ts';
import { quoteWord, splitWords } from '../../../pxe-server/kickstart/words.ts';

it.each<[string, string[]]>([
  ['part / --size=1', ['part', '/', '--size=1']],
  ['  a\t b \n', ['a', 'b']],
  [`--append="rhgb quiet" 'it''s' "a\\"b"`, ['--append=rhgb quiet', 'its', 'a"b']],
  [`'a\\b' "a\\b" a\\ b a\\\\`, ['a\\b', 'a\\b', 'a b', 'a\\']],
  [`"" ''`, ['', '']],
  ['a#b c', ['a']],
  ['"a#b" c', ['a#b', 'c']],
  ['# all', []],
  ['a \\\n', ['a', '\n']],
  ['é\u00a0x', ['é\u00a0x']],
])('%j is %j', (line, words) => {
  const split = splitWords(line);
  expect(split.open).toBeUndefined();
  expect(split.words.map(({ text }) => text)).toEqual(words);
  for (const { start, end } of split.words) expect(line.slice(start, end)).not.toMatch(/^[ \t]|[ \t]$/);
});

it.each([
  ['part "/tmp --size=5', 'quote', 5],
  [`a 'b`, 'quote', 2],
  ['a "b\\', 'quote', 2],
  ['a b\\', 'escape', 3],
])('%j leaves a %s open at %i', (line, what, at) => {
  expect(splitWords(line).open).toEqual({ what, at });
});

it.each([
  '',
  'a',
  'a b',
  '"',
  "'",
  `"'`,
  '\\',
  '\\"',
  '#',
  '--a=b c',
  '--a=',
  '--a="',
  'é',
  '--a=#',
  'a\n',
  '\x0b',
  '$6$x',
])('%j is the same word once it is quoted', (text) => {
  expect(splitWords(quoteWord(text)).words.map((word) => word.text)).toEqual([text]);
});

it('lines end where the installer’s end', () => {
  const lines = splitLines('a\r\nb\rc\vd\x85e\u2028f\n\ng', 'x.ks');
  expect(lines.map(({ text }) => text)).toEqual([
    'a\r\n',
    'b\r',
    'c\v',
    'd\x85',
    'e\u2028',
    'f\n',
    '\n',
    'g',
  ]);
  expect(lines.at(-1)).toEqual({ file: 'x.ks', number: 8, text: 'g' });
});
