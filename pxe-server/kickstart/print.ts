import { isTerminator, lineBody } from './lines.ts';
import type { LineNode, Node, SectionNode } from './nodes.ts';
import type { Kickstart } from './parse.ts';
import { quoteWord } from './words.ts';

/**
 * A kickstart as text again. Read once more it is the same document: quotes and blanks between words may differ,
 * words, comments and bodies do not, and what was included stands where it was included.
 */
export function printKickstart({ nodes }: Pick<Kickstart, 'nodes'>): string {
  return nodes.map(printNode).join('');
}

function printNode(node: Node): string {
  if (!('words' in node)) return `${node.text}\n`;
  return node.is === 'section' ? printSection(node) : printLine(node);
}

export function printLine({ words, comment }: LineNode): string {
  const text = words.map(({ text }) => quoteWord(text)).join(' ');
  // A word that ends the line itself: nothing can follow.
  if (text !== '' && isTerminator(text.at(-1)!)) return text;
  return `${text}${comment === undefined ? '' : ` ${comment}`}\n`;
}

function printSection(node: SectionNode): string {
  const body = node.body.map(({ text }) => `${lineBody(text)}\n`).join('');
  return `${printLine(node)}${body}${node.ended ? '%end\n' : ''}`;
}
