import { nearest } from './arguments.ts';
import { readCommand } from './commands.ts';
import { type Finding, hasErrors } from './findings.ts';
import { isBlank, isComment, lineBody, type SourceLine } from './lines.ts';
import type { LineNode, Node } from './nodes.ts';
import { type Include, LineReader } from './reader.ts';
import { INCLUDES, openFile, type Reading, readInclude, report, splitLine } from './reading.ts';
import { type Release, releaseTitle } from './releases.ts';
import { readSection, skipSection } from './sections.ts';
import { catalogueOf } from './tables/catalogue.ts';

export interface Kickstart {
  release: Release;
  nodes: Node[];
  /** Of the language alone, in the order of the text. */
  findings: Finding[];
}

export interface ParseOptions {
  release: Release;
  /** For places; "-" without. */
  file?: string;
  include?: Include;
}

/**
 * Reads a kickstart as the installer of a release would, on beyond the first error. Never throws for what the text
 * says; what is wrong with it is in `findings`.
 */
export function parseKickstart(text: string, options: ParseOptions): Kickstart {
  const { release, file = '-', include = () => 'elsewhere' as const } = options;
  const reading: Reading = {
    ...{ release, include, catalogue: catalogueOf(release), lines: new LineReader() },
    ...{ nodes: [], findings: [], seen: new Set(), identities: new Map(), refused: false },
  };
  openFile(reading, file, text, undefined);
  for (let line = reading.lines.next(); line; line = reading.lines.next()) readLine(reading, line);
  return { release, nodes: reading.nodes, findings: reading.findings };
}

/** Whether the release's own parser would take it. */
export function isAccepted({ findings }: Pick<Kickstart, 'findings'>): boolean {
  return !hasErrors(findings, 'language');
}

function readLine(reading: Reading, line: SourceLine): void {
  if (isBlank(line.text) || isComment(line.text)) {
    const text = lineBody(line.text).trim();
    reading.nodes.push({ is: text === '' ? 'blank' : 'comment', line, text });
    return;
  }
  const split = splitLine(reading, line);
  if (!split) {
    const name = /^\s*(%[a-z-]+)/.exec(line.text)?.[1];
    if (name && !INCLUDES.has(name)) skipSection(reading);
    return;
  }
  const first = split.words[0]!.text;
  if (INCLUDES.has(first)) readInclude(reading, split);
  else if (first.startsWith('%')) openSection(reading, split);
  else readCommand(reading, split);
}

function openSection(reading: Reading, node: LineNode): void {
  const name = node.words[0]!.text;
  const section = reading.catalogue.sections.get(name);
  if (section && section.status !== 'removed' && section.status !== 'absent') {
    readSection(reading, section, node);
    return;
  }
  const near = nearest(name, [...reading.catalogue.sections.keys(), '%end', '%include']);
  const message =
    name === '%end'
      ? '%end without a section that it ends'
      : `${releaseTitle(reading.release)} has no section ${name}`;
  const mend = near && near !== name ? `did you mean ${near}?` : 'take it away';
  report(reading, node, { code: 'section-unknown', message, mend, word: node.words[0] });
  if (name !== '%end') skipSection(reading);
}
