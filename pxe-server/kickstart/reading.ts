import { RackhandError } from '../../builder/shared/errors.ts';
import type { Finding } from './findings.ts';
import { lineBody, type SourceLine } from './lines.ts';
import { type LineNode, type Node, placeOf } from './nodes.ts';
import type { Include, LineReader } from './reader.ts';
import type { Release } from './releases.ts';
import type { Catalogue } from './tables/catalogue.ts';
import { maskSaid } from './text/secrets.ts';
import { splitWords, type Word } from './words.ts';

/** What reading carries along. */
export interface Reading {
  release: Release;
  catalogue: Catalogue;
  lines: LineReader;
  include: Include;
  nodes: Node[];
  findings: Finding[];
  /** Whether an error was told. */
  refused: boolean;
  /** Commands that came already. */
  seen: Set<string>;
  /** What may be there once: command and values. */
  identities: Map<string, number>;
}

export const INCLUDES: ReadonlySet<string> = new Set(['%include', '%ksappend']);

/** @returns undefined when a quote does not end, which is told */
export function splitLine(reading: Reading, line: SourceLine): LineNode | undefined {
  const { words, comment, open } = splitWords(line.text);
  if (open) {
    const word = { text: '', start: open.at, end: lineBody(line.text).length };
    const [message, mend] =
      open.what === 'quote'
        ? ['a quote opens here and does not end on this line', 'close it, or write \\ before it']
        : ['a backslash escapes nothing', 'take it away; a line does not go on'];
    report(reading, { line, words }, { code: 'quote-open', message, mend, word });
    return undefined;
  }
  return { line, words, ...(comment === undefined ? {} : { comment: lineBody(line.text.slice(comment)) }) };
}

/** Takes the lines of one of the server's own files in, or leaves a note of what the installer will include. */
export function readInclude(reading: Reading, node: LineNode, body?: SourceLine[]): void {
  const target = node.words[1];
  if (!target?.text) {
    const message = `${node.words[0]!.text} names no file`;
    report(reading, node, { code: 'include-empty', message, mend: 'name one' });
    return;
  }
  const found = reading.include(target.text);
  if (found === 'elsewhere') {
    if (body) body.push(node.line);
    else reading.nodes.push({ is: 'include', ...node, target: target.text });
    const message = `${target.text} is read by the installer, and was not looked at`;
    const mend = 'put what can be known before among the files of the server';
    report(reading, node, { code: 'include-unseen', message, mend, word: target }, 'warning');
  } else if (found === 'absent') {
    const message = `there is no file ${target.text}`;
    report(reading, node, {
      code: 'include-absent',
      message,
      mend: 'name one of the server’s own',
      word: target,
    });
  } else openFile(reading, found.file, found.text, node);
}

export function openFile(reading: Reading, file: string, text: string, from: LineNode | undefined): void {
  try {
    reading.lines.open(file, text);
  } catch (error) {
    if (!(error instanceof RackhandError)) throw error;
    const { code, message, mend } = error;
    const node = from ?? { line: { file, number: 1, text: '' }, words: [] };
    report(reading, node, { code, message, mend });
  }
}

/** More would tell nobody more; but an error is told, after a thousand warnings too. */
const MOST = 1000;

export function report(
  reading: Reading,
  node: Pick<LineNode, 'line' | 'words'>,
  problem: { code: string; message: string; mend: string; word?: Word | undefined },
  severity: Finding['severity'] = 'error',
): void {
  const { findings } = reading;
  if (findings.length >= MOST && (severity !== 'error' || reading.refused)) return;
  reading.refused ||= severity === 'error';
  const { code, word } = problem;
  const [message, mend] = [problem.message, problem.mend].map((said) => maskSaid(said, node.line.text));
  const place = placeOf(node, word);
  findings.push({ code, severity, layer: 'language', message: message!, mend: mend!, place });
}
