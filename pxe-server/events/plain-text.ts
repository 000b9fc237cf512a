import { printable } from '../../builder/shared/printable.ts';

/** Characters kept of one text. */
const LENGTH = 1000;
/** One-time and session tokens: exactly 32 hex digits (image ids have 16, digests 64). */
const TOKEN = /(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])/g;
const BLANK = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/**
 * A text that may hold what a machine on the network sent, as it is kept and shown: one line, no character
 * that moves a terminal's cursor or reorders a page, tokens masked, at most 1000 characters.
 */
export function plainText(text: string): string {
  const line = printable(text.replace(BLANK, ' ')).replace(TOKEN, '[token]');
  return line.slice(0, LENGTH).toWellFormed();
}
