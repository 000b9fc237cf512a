import { readArguments } from './arguments.ts';
import { lineBody, type SourceLine } from './lines.ts';
import { type PackageEntry, placeOf } from './nodes.ts';
import { type Reading, report } from './reading.ts';
import { splitWords } from './words.ts';

/** A line of %packages: a package, @group or @^environment, with a dash before what is left out. */
export function readPackage(reading: Reading, line: SourceLine): PackageEntry[] {
  const whole = lineBody(line.text);
  const text = whole.split('#')[0]!.trim();
  const start = whole.indexOf(text);
  const word = { text, start, end: start + text.length };
  const node = { line, words: [word] };
  const place = placeOf(node);
  const excluded = text.startsWith('-');
  const name = excluded ? text.slice(1).trim() : text;
  if (name.startsWith('@^')) return [{ what: 'environment', excluded, name: name.slice(2).trim(), place }];
  if (!name.startsWith('@')) return name === '' ? [] : [{ what: 'package', excluded, name, place }];
  const group = readGroup(reading, node, name.slice(1));
  return group ? [{ what: 'group', excluded, ...group, place }] : [];
}

/** `core --nodefaults`; names may have blanks in them. */
function readGroup(
  reading: Reading,
  node: { line: SourceLine; words: { text: string; start: number; end: number }[] },
  text: string,
): Pick<PackageEntry, 'name' | 'parts'> | undefined {
  const { words, open } = splitWords(text);
  const read = readArguments(reading.catalogue.packageGroup, words, reading.release);
  const problems = read.problems.filter(({ code }) => code !== 'word-unexpected');
  const [problem] = problems;
  const name = words
    .filter((word) => !word.text.startsWith('--'))
    .map((word) => word.text)
    .join(' ');
  const wrong = open
    ? { code: 'quote-open', message: 'a quote does not end', mend: 'close it' }
    : name === ''
      ? { code: 'argument-absent', message: '@ without the name of a group', mend: 'name it' }
      : read.values.nodefaults && read.values.optional
        ? {
            ...{ code: 'options-exclusive', mend: 'keep one of them' },
            message: '--nodefaults and --optional exclude each other',
          }
        : problem;
  if (wrong) {
    report(reading, node, { code: wrong.code, message: wrong.message, mend: wrong.mend });
    return undefined;
  }
  if (read.values.nodefaults) return { name, parts: 'nodefaults' };
  return read.values.optional ? { name, parts: 'optional' } : { name };
}
