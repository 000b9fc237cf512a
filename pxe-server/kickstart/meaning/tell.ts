import type { Finding, Severity } from '../findings.ts';
import { type CommandNode, placeOf, type SectionNode } from '../nodes.ts';
import { maskSaid } from '../text/secrets.ts';

/** What is wrong with a line, and with which of its values. */
export interface Told {
  code: string;
  message: string;
  mend: string;
  /** The value that is meant; the command itself without one. */
  field?: string;
  severity?: Severity;
}

export function tell(node: CommandNode | SectionNode, told: Told): Finding {
  const { field, severity = 'error', code } = told;
  const [message, mend] = [told.message, told.mend].map((said) => maskSaid(said, node.line.text));
  const word = (field === undefined ? undefined : node.at.get(field)) ?? node.words[0];
  return { code, severity, layer: 'meaning', message: message!, mend: mend!, place: placeOf(node, word) };
}
