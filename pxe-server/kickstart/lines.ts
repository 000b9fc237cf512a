/** One line of a file, with whatever ended it. */
export interface SourceLine {
  file: string;
  /** From 1. */
  number: number;
  /** With its terminator; only the last line of a file may have none. */
  text: string;
}

/**
 * The installers are Python, and end lines wherever str.splitlines does: also at vertical tabs, form feeds, file,
 * group and record separators, NEL and U+2028/9. Whoever looked at line feeds alone would check another text than
 * the one that is carried out.
 */
const TERMINATOR = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/g;

export function splitLines(text: string, file: string): SourceLine[] {
  const lines: SourceLine[] = [];
  let start = 0;
  for (const { 0: terminator, index } of text.matchAll(TERMINATOR)) {
    const end = index + terminator.length;
    lines.push({ file, number: lines.length + 1, text: text.slice(start, end) });
    start = end;
  }
  if (start < text.length) lines.push({ file, number: lines.length + 1, text: text.slice(start) });
  return lines;
}

/** Without what ended it. */
export function lineBody(text: string): string {
  return text.replace(/(\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029])$/, '');
}

export function isTerminator(character: string): boolean {
  return /^[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]$/.test(character);
}

/** Nothing in it, or a comment alone. */
export function isBlank(text: string): boolean {
  return /^\s*$/.test(text);
}

export function isComment(text: string): boolean {
  return text.trimStart().startsWith('#');
}
