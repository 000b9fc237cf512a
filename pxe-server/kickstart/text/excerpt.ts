import { plainText } from '../../events/plain-text.ts';
import type { Finding, Place } from '../findings.ts';
import { lineBody, splitLines } from '../lines.ts';
import { maskSecrets } from './secrets.ts';

/** Characters of a line that are shown; the place is kept in sight. */
const WIDTH = 100;

/** Lines of the files that findings stand in, by file. */
export type Lines = ReadonlyMap<string, readonly string[]>;

export function linesOf(text: string): string[] {
  return splitLines(text, '').map((line) => lineBody(line.text));
}

/** FILE:LINE:COLUMN: error [code]: …, the line with a mark under what is meant, and the mend. */
export function findingText({ place, severity, code, message, mend }: Finding, lines: Lines): string {
  const head = `${place.file}:${place.line}:${place.column}: ${severity} [${code}]: ${plainText(message)}\n`;
  return `${head}${excerpt(place, lines)}  mend: ${plainText(mend)}\n`;
}

function excerpt({ file, line, column, end }: Place, lines: Lines): string {
  const text = lines.get(file)?.[line - 1];
  if (text === undefined || text.trim() === '') return '';
  const masked = maskSecrets(text);
  const from = column > WIDTH - 20 ? column - 21 : 0;
  // One column for each character, whatever it is: no tab moves the mark, no escape the terminal.
  const shown = [...masked.slice(from, from + WIDTH)].map((c) => (c === '\t' ? ' ' : plainText(c))).join('');
  const cut = { before: from > 0 ? '…' : '', after: masked.length > from + WIDTH ? '…' : '' };
  const mark = '^'.repeat(Math.max(1, Math.min(end, from + WIDTH + 1) - column));
  const number = String(line).padStart(5);
  const space = ' '.repeat(Math.max(0, column - 1 - from + cut.before.length));
  return `${number} | ${cut.before}${shown}${cut.after}\n      | ${space}${mark}\n`;
}

/** "2 errors, 1 deprecation" */
export function countText(findings: readonly Finding[]): string {
  const counts = (['error', 'deprecation', 'warning', 'risk'] as const)
    .map((severity) => [severity, findings.filter((f) => f.severity === severity).length] as const)
    .filter(([, count]) => count > 0);
  return (
    counts.map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`).join(', ') || 'nothing'
  );
}
