import { isTerminator } from './lines.ts';

/** A word of a line, quotes and escapes taken away. Offsets are into the line; `end` is the one after. */
export interface Word {
  text: string;
  start: number;
  end: number;
}

export interface SplitLine {
  words: Word[];
  /** Where a comment begins, if one does. */
  comment?: number;
  /** A quote or an escape that does not end, and where it begins. */
  open?: { what: 'quote' | 'escape'; at: number };
}

const BLANK = ' \t\r\n';

/**
 * Splits a line as the installers do: POSIX quotes, one line only, and `#` begins a comment wherever it is not
 * quoted, in the middle of a word too. A backslash at the end of a line is no continuation: it makes the line's
 * own terminator a word.
 */
export function splitWords(line: string): SplitLine {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    const character = line[at]!;
    if (BLANK.includes(character)) at += 1;
    else if (character === '#') return { words, comment: at };
    else {
      const read = readWord(line, at);
      if ('open' in read) return { words, open: read.open };
      words.push(read.word);
      at = read.word.end;
    }
  }
  return { words };
}

type ReadWord = { word: Word } | { open: NonNullable<SplitLine['open']> };

function readWord(line: string, start: number): ReadWord {
  let text = '';
  let at = start;
  while (at < line.length) {
    const character = line[at]!;
    if (BLANK.includes(character) || character === '#') break;
    if (character === '\\') {
      if (at + 1 >= line.length) return { open: { what: 'escape', at } };
      text += line[at + 1];
      at += 2;
    } else if (character === "'") {
      const close = line.indexOf("'", at + 1);
      if (close < 0) return { open: { what: 'quote', at } };
      text += line.slice(at + 1, close);
      at = close + 1;
    } else if (character === '"') {
      const quoted = readDoubleQuoted(line, at);
      if (quoted === undefined) return { open: { what: 'quote', at } };
      text += quoted.text;
      at = quoted.end;
    } else {
      const plain = plainFrom(line, at);
      text += line.slice(at, plain);
      at = plain;
    }
  }
  return { word: { text, start, end: at } };
}

/** The first offset that is not an ordinary character. */
function plainFrom(line: string, start: number): number {
  let at = start + 1;
  while (at < line.length && !' \t\r\n#\\\'"'.includes(line[at]!)) at += 1;
  return at;
}

/** Between double quotes a backslash escapes itself and the quote; before anything else it stays. */
function readDoubleQuoted(line: string, open: number): { text: string; end: number } | undefined {
  let text = '';
  let from = open + 1;
  for (let at = from; at < line.length; at++) {
    const character = line[at];
    if (character === '"') return { text: text + line.slice(from, at), end: at + 1 };
    if (character !== '\\') continue;
    const next = line[at + 1];
    if (next === undefined) return undefined;
    if (next === '"' || next === '\\') {
      text += line.slice(from, at) + next;
      from = at + 2;
    }
    at += 1;
  }
  return undefined;
}

/** Words as they can be written again; `--option=two words` keeps its name outside the quotes. */
export function quoteWord(text: string): string {
  if (text !== '' && isTerminator(text.at(-1)!))
    return `${text.length > 1 ? quoteWord(text.slice(0, -1)) : ''}\\${text.at(-1)}`;
  const [, option, value] = /^(--[A-Za-z0-9-]+=)([\s\S]*)$/.exec(text) ?? [];
  return option === undefined ? quote(text) : option + (value === '' ? '' : quote(value!));
}

function quote(text: string): string {
  if (/^[A-Za-z0-9@%+=:,./_^~*?![\]{}$&();<>|`-]+$/.test(text)) return text;
  if (!/["\\]/.test(text)) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
