/** Terminal escapes, and marks that turn the direction of what follows them; lines and tabs are left. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text that may hold what came from elsewhere: nothing in it moves a terminal's cursor or reorders a page. */
export function printable(text: string): string {
  return text.replace(UNSEEN, '\ufffd');
}
