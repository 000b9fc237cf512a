import { invalid } from './entries.ts';

/** A word, a punctuation mark, or what a string in quotes holds. */
export interface Token {
  line: number;
  kind: 'word' | 'mark' | 'string';
  text: string;
}

const PART = /[ \t\r]+|\n|#[^\n]*|"((?:[^"\\\n]|\\[\s\S])*)"|[{};,=]|[^\s{};,="#]+|"/g;

/**
 * The tokens of ISC's configuration and lease files. In strings, "\ooo" is an octet in octal and "\x" any other
 * character itself; they become one character for each octet.
 * @throws RackhandError leases-invalid for a string without an end
 */
export function iscTokens(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const [part, quoted] of text.matchAll(PART)) {
    if (part === '\n') line += 1;
    else if (quoted !== undefined) tokens.push({ line, kind: 'string', text: unescaped(quoted) });
    else if (part === '"') throw invalid(file, line, 'a string is not closed', 'close it with "');
    else if (/^[{};,=]$/.test(part)) tokens.push({ line, kind: 'mark', text: part });
    else if (!/^[\s#]/.test(part)) tokens.push({ line, kind: 'word', text: part });
    if (part.length > 1 && part.includes('\n')) line += part.split('\n').length - 1;
  }
  return tokens;
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3}|[\s\S])/g, (_, code: string) =>
    /^[0-7]{3}$/.test(code) ? String.fromCharCode(Number.parseInt(code, 8) & 255) : code,
  );
}

/** An octet string as ISC writes it in quotes. */
export function iscString(bytes: Buffer): string {
  const text = [...bytes].map((byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `"${text.join('')}"`;
}
