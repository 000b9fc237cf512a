import { documentOf } from './document/document.ts';
import type { Document } from './document/shapes.ts';
import { byPlace, type Finding } from './findings.ts';
import { accessFindings } from './meaning/access.ts';
import { diskFindings } from './meaning/disks.ts';
import { layoutFindings } from './meaning/layout.ts';
import { memberFindings } from './meaning/members.ts';
import { networkFindings } from './meaning/network.ts';
import { sizeFindings } from './meaning/sizes.ts';
import { sourceFindings } from './meaning/sources.ts';
import { systemFindings } from './meaning/system.ts';
import type { CommandNode } from './nodes.ts';
import { isAccepted, type Kickstart, type ParseOptions, parseKickstart } from './parse.ts';

export interface Checked {
  kickstart: Kickstart;
  document: Document;
  /** Of the language and of the meaning, by place. */
  findings: Finding[];
}

/** Reads a kickstart, and asks whether an installer could do what it says. */
export function checkKickstart(text: string, options: ParseOptions): Checked {
  const kickstart = parseKickstart(text, options);
  const document = documentOf(kickstart);
  const commands = kickstart.nodes.filter((n): n is CommandNode => n.is === 'command' && n.valid);
  const meaning = [
    ...sizeFindings(document, commands),
    ...memberFindings(document),
    ...diskFindings(document),
    ...networkFindings(document),
    ...accessFindings(document),
    ...sourceFindings(document),
    ...systemFindings(document),
    ...layoutFindings(document),
  ];
  // What stands in a line that is refused is missing for no other reason.
  const shown = isAccepted(kickstart) ? meaning : meaning.filter(({ code }) => !MISSING.has(code));
  // What the language only warns of is an error here.
  const twice = new Set(shown.filter(({ code }) => code === 'name-twice').map(lineOf));
  const language = kickstart.findings.filter((f) => f.code !== 'defined-twice' || !twice.has(lineOf(f)));
  return { kickstart, document, findings: [...language, ...shown].sort(byPlace) };
}

const lineOf = ({ place }: Finding) => `${place.file}:${place.line}`;

const MISSING: ReadonlySet<string> = new Set([
  ...['root-absent', 'login-impossible', 'member-unknown', 'group-unknown', 'pool-unknown', 'user-unknown'],
  'member-unused',
]);
