import { TemplateFault } from './fault.ts';
import type { Shape } from './shape.ts';

type Filter = (value: unknown, ...args: unknown[]) => unknown;

/**
 * All that a template may pass a value through. nunjucks' own filters are not among them: several of them read members
 * by a name that is a value.
 */
export const FILTERS = new Map<string, { apply: Filter; shape: (of: Shape) => Shape }>([
  ['shell', { apply: shellQuote, shape: word }],
  ['ks', { apply: kickstartWord, shape: word }],
  ['line', { apply: oneLine, shape: word }],
  ['script', { apply: scriptText, shape: word }],
  ['join', { apply: join, shape: itemOf }],
  ['length', { apply: lengthOf, shape: () => ({ is: 'number' }) }],
  ['lower', { apply: (value) => String(value).toLowerCase(), shape: same }],
  ['upper', { apply: (value) => String(value).toUpperCase(), shape: same }],
  ['trim', { apply: (value) => String(value).trim(), shape: same }],
  ['default', { apply: (value, other) => value ?? other, shape: (of) => ({ ...of, nullable: false }) }],
]);

/** For one word of a POSIX shell or of a kickstart line; a line break has no safe form there. */
export function shellQuote(value: unknown): string {
  return `'${oneLine(value).replaceAll("'", `'\\''`)}'`;
}

/** One word of a kickstart line: as it is where nothing in it means anything, else in quotes. */
export function kickstartWord(value: unknown): string {
  const text = oneLine(value);
  return /^[A-Za-z0-9_.,:/@=+~-]+$/.test(text) ? text : shellQuote(text);
}

/** Text of one line, for comments and for what stands in quotes already. */
export function oneLine(value: unknown): string {
  const text = scalar(value);
  if (!/[\0-\x1f\x7f\u0085\u2028\u2029]/.test(text)) return text;
  throw new TemplateFault(
    'template-failed',
    'a value holds a line break or control character',
    'correct the host',
  );
}

/** Lines of a script for a section: none of them may end the section or include another file. */
export function scriptText(value: unknown): string {
  const text = scalar(value).replace(/\r\n/g, '\n').replace(/\n$/, '');
  const lines = text.split('\n');
  const wrong = lines.findIndex((line) => /^\s*%/.test(line) || /[\0-\x08\x0b-\x1f\x7f]/.test(line));
  if (wrong < 0) return text;
  throw new TemplateFault(
    'template-failed',
    `line ${wrong + 1} of a script begins with % or holds a control character`,
    'a section would end there: write the line otherwise',
  );
}

function join(value: unknown, separator: unknown = ''): string {
  if (!Array.isArray(value)) throw new TemplateFault('template-failed', 'join needs a list', 'name a list');
  return value.map(scalar).join(oneLine(separator));
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value) || typeof value === 'string') return value.length;
  throw new TemplateFault('template-failed', 'length needs a list or a text', 'name one');
}

function scalar(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  const what = value === null || value === undefined ? 'nothing' : 'no text';
  throw new TemplateFault(
    'template-undefined',
    `a value that is ${what} was to be written`,
    'ask by if before',
  );
}

function word(): Shape {
  return { is: 'word' };
}

function same(of: Shape): Shape {
  return of;
}

function itemOf(of: Shape): Shape {
  return of.is === 'list' ? of.item : { is: 'text' };
}
