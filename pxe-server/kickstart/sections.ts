import { readArguments } from './arguments.ts';
import { tellArguments } from './commands.ts';
import { isBlank, isComment, type SourceLine } from './lines.ts';
import type { LineNode, PackageEntry } from './nodes.ts';
import { readPackage } from './packages.ts';
import { INCLUDES, type Reading, readInclude, report, splitLine } from './reading.ts';
import { releaseTitle } from './releases.ts';
import { sectionRules } from './rules/other.ts';
import type { Section } from './tables/catalogue.ts';
import { quoteWord, type Word } from './words.ts';

/** Reads a section from the line that opens it to its %end. */
export function readSection(reading: Reading, section: Section, node: LineNode): void {
  const { name, body: kind } = section.row;
  const before = reading.findings.length;
  if (section.status === 'warned') {
    const message = `${name} is going away (${releaseTitle(reading.release)})`;
    const problem = { code: 'section-deprecated', message, mend: 'take it away', word: node.words[0] };
    report(reading, node, problem, 'deprecation');
  }
  const header = kind === 'foreign' ? foreignHeader(node) : readHeader(reading, section, node);
  const valid = !reading.findings.slice(before).some(({ severity }) => severity === 'error');
  const body: SourceLine[] = [];
  const packages: PackageEntry[] = [];
  const ended = readBody(reading, name, body, (line) => {
    if (kind === 'packages') packages.push(...readPackage(reading, line));
  });
  if (!ended) {
    const problem = {
      code: 'section-open',
      message: `${name} does not end`,
      mend: 'add %end',
      word: node.words[0],
    };
    report(reading, node, problem);
  }
  const contents = kind === 'packages' ? { packages } : {};
  reading.nodes.push({ is: 'section', ...node, name, ...header, valid, body, ended, ...contents });
}

function readHeader(reading: Reading, { row, grammar }: Section, node: LineNode) {
  const read = readArguments(grammar, node.words.slice(1), reading.release);
  tellArguments(reading, node, read, sectionRules[row.name]);
  return { values: read.values, at: read.at };
}

function foreignHeader(node: LineNode) {
  const options = node.words.slice(1).map(({ text }) => quoteWord(text));
  return { values: { options: options.join(' ') }, at: new Map<string, Word>() };
}

/**
 * Takes lines as far as %end, or as far as another section opens.
 * @returns whether %end came
 */
function readBody(
  reading: Reading,
  name: string,
  body: SourceLine[],
  take: (line: SourceLine) => void,
): boolean {
  for (let line = reading.lines.next(); line; line = reading.lines.next()) {
    // Most lines of a script have nothing to do with kickstart.
    const word = line.text.includes('%') ? /^\s*(%\S+)/.exec(line.text)?.[1] : undefined;
    if (word === '%end') return true;
    if (word !== undefined && INCLUDES.has(word)) {
      const split = splitLine(reading, line);
      if (split) readInclude(reading, split, body);
    } else if (word !== undefined && reading.catalogue.sections.has(word)) {
      reading.lines.back();
      return false;
    } else {
      body.push(line);
      if (name === '%packages' && !isBlank(line.text) && !isComment(line.text)) take(line);
    }
  }
  return false;
}

/** Leaves out what stands in a section that nobody knows: it would only be a hundred errors more. */
export function skipSection(reading: Reading): void {
  readBody(reading, '', [], () => {});
}
