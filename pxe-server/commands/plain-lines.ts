import { plainText } from '../events/plain-text.ts';

/** Whatever the text has in it, the terminal gets lines of plain text, with the blanks that they begin with. */
export function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.match(/^[ \t]*/)![0] + plainText(line.trimStart()))
    .join('\n');
}
