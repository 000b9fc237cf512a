import type { Problem } from './findings.ts';
import type { Release } from './releases.ts';
import type { Grammar } from './tables/catalogue.ts';
import type { OptionRow } from './tables/rows.ts';
import { type ReadValue, readValue, type Value } from './values.ts';
import type { Word } from './words.ts';

export type Values = Readonly<Record<string, Value>>;

/** A problem and the word that it is about; the whole line without one. */
export type PlacedProblem = Problem & { word?: Word | undefined };

export interface Arguments {
  values: Record<string, Value>;
  /** The word that gave each value; the last one, if there were several. */
  at: Map<string, Word>;
  problems: PlacedProblem[];
  /** Options that the release still takes, with the words that gave them. */
  deprecated: { row: OptionRow; word: Word }[];
}

/** Of one line; more would tell nobody more. */
const MOST = 50;

/**
 * Reads options and what stands between them as the installers do, which use Python's argparse: `--a=b` and
 * `--a b`, names cut short as long as they mean one option, the last value counts, and a word that begins with a
 * dash is no value unless it is a number or has a blank in it.
 */
export function readArguments(grammar: Grammar, words: readonly Word[], release: Release): Arguments {
  const read: Arguments = { values: {}, at: new Map(), problems: [], deprecated: [] };
  const positional: Word[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.text === '--') {
      positional.push(...words.slice(i + 1));
      break;
    }
    const seen = classify(grammar, word.text);
    if (seen.is === 'word') positional.push(word);
    else if (seen.is === 'option')
      i += takeOption(grammar, read, { ...seen, word, next: words[i + 1] }, release);
    else if (read.problems.length < MOST)
      read.problems.push({ ...unknownOption(grammar, word.text, seen.could), word });
  }
  for (const row of grammar.required)
    if (!read.at.has(row.field)) read.problems.push(missing(`option ${row.names[0]}`));
  takePositionals(grammar, read, positional);
  for (const row of grammar.defaults) read.values[row.field] ??= row.default!;
  return read;
}

type Seen =
  | { is: 'word' }
  | { is: 'option'; row: OptionRow; explicit?: string }
  | { is: 'unknown'; could: readonly string[] };

function classify(grammar: Grammar, text: string): Seen {
  if (!text.startsWith('-') || text === '-') return { is: 'word' };
  const whole = grammar.options.get(text);
  if (whole) return { is: 'option', row: whole };
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const explicit = equals < 0 ? {} : { explicit: text.slice(equals + 1) };
  const row = grammar.options.get(name);
  if (row) return { is: 'option', row, ...explicit };
  const could = name.startsWith('--') ? grammar.names.filter((known) => known.startsWith(name)) : [];
  if (could.length === 1) return { is: 'option', row: grammar.options.get(could[0]!)!, ...explicit };
  if (could.length === 0 && (/^-(\d+|\d*\.\d+)$/.test(text) || text.includes(' '))) return { is: 'word' };
  return { is: 'unknown', could };
}

interface Taken {
  row: OptionRow;
  explicit?: string;
  word: Word;
  next: Word | undefined;
}

/** @returns how many further words belong to the option */
function takeOption(grammar: Grammar, read: Arguments, taken: Taken, release: Release): 0 | 1 {
  const { row, word, explicit, next } = taken;
  const name = row.names[0];
  read.at.set(row.field, word);
  if (row.deprecated?.includes(release)) read.deprecated.push({ row, word });
  if (row.kind === 'flag') {
    if (explicit !== undefined) {
      const message = `${name} takes no value`;
      read.problems.push({ code: 'value-unexpected', message, mend: `write ${name} alone`, word });
    } else store(read, row, row.constant!);
    return 0;
  }
  const follows = explicit === undefined && next !== undefined && isValue(grammar, next.text);
  const text = explicit ?? (follows ? next.text : undefined);
  if (text === undefined && row.kind !== 'optional') {
    const message = `${name} needs a value`;
    read.problems.push({ code: 'value-absent', message, mend: `write ${name}=VALUE`, word });
    return 0;
  }
  const value: ReadValue = text === undefined ? { value: true } : readValue(row, text, release);
  if ('value' in value) store(read, row, value.value);
  else {
    const message = `${name} cannot be "${text}"`;
    const mend = `it has to be ${value.problem}`;
    read.problems.push({ code: 'value-invalid', message, mend, word: follows ? next : word });
  }
  return follows ? 1 : 0;
}

function isValue(grammar: Grammar, text: string): boolean {
  return text !== '--' && classify(grammar, text).is === 'word';
}

function store(read: Arguments, row: OptionRow, value: Value): void {
  if (!row.repeat) {
    read.values[row.field] = value;
    return;
  }
  const all = (read.values[row.field] ?? []) as string[];
  for (const one of Array.isArray(value) ? (value as string[]) : [value as string]) all.push(one);
  read.values[row.field] = all;
}

function takePositionals({ positionals }: Grammar, read: Arguments, words: readonly Word[]): void {
  let at = 0;
  for (const { field, count } of positionals) {
    const taken = words.slice(at, count === 'any' ? words.length : at + 1);
    at += taken.length;
    if (taken[0]) read.at.set(field, taken[0]);
    if (count === 'any') read.values[field] = taken.map(({ text }) => text);
    else if (taken[0]) read.values[field] = taken[0].text;
    else if (count === 'one') read.problems.push(missing(field));
  }
  for (const word of words.slice(at, at + MOST)) {
    const message = `"${word.text}" is one word too many`;
    const mend = 'leave it away, or quote what belongs together';
    read.problems.push({ code: 'word-unexpected', message, mend, word });
  }
}

function missing(what: string): PlacedProblem {
  return { code: 'argument-absent', message: `${what} is missing`, mend: 'add it' };
}

function unknownOption({ names }: Grammar, text: string, could: readonly string[]): PlacedProblem {
  const option = text.split('=')[0]!;
  if (could.length > 1) {
    const message = `${option} may mean ${could.join(' or ')}`;
    return { code: 'option-ambiguous', message, mend: 'write the name in full' };
  }
  const near = nearest(option, names);
  const mend = near ? `did you mean ${near}?` : 'leave it away';
  return { code: 'option-unknown', message: `there is no option ${option} here`, mend };
}

/** The name that differs least, when it differs little. */
export function nearest(text: string, names: Iterable<string>): string | undefined {
  if (text.length > 64) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(text, name);
    if (distance < (best?.distance ?? 3) && distance * 2.5 <= name.length) best = { name, distance };
  }
  return best?.name;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
