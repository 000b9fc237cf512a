import { isTerminator, lineBody, type SourceLine, splitLines } from '../lines.ts';
import type { LineNode } from '../nodes.ts';
import type { Word } from '../words.ts';

/** What was done to a line, or what a person must decide about it. */
export interface Note {
  what: 'change' | 'decision';
  /** In the text as it was. */
  line: number;
  message: string;
}

type Options = LineNode & { at: ReadonlyMap<string, Word> };

/** A text whose lines are changed one by one; what is not touched stays as it is, comments and blanks too. */
export class Editor {
  readonly notes: Note[] = [];
  private readonly lines: SourceLine[];
  /** By number of line: what it becomes, and what follows it. */
  private readonly becomes = new Map<number, string | undefined>();
  private readonly splices = new Map<number, { start: number; end: number; by: string }[]>();
  private readonly follows = new Map<number, string[]>();

  constructor(text: string) {
    this.lines = splitLines(text, '-');
  }

  change(node: LineNode, message: string): void {
    this.notes.push({ what: 'change', line: node.line.number, message });
  }

  decide(line: number, message: string): void {
    this.notes.push({ what: 'decision', line, message });
  }

  remove(node: LineNode): void {
    this.becomes.set(node.line.number, undefined);
  }

  /** Keeps the line, but as a comment that says why. */
  disable(first: number, last: number, why: string): void {
    for (let number = first; number <= Math.min(last, this.lines.length); number++) {
      const text = lineBody(this.lines[number - 1]!.text);
      this.becomes.set(number, number === first ? `# ${why}\n# ${text}` : `# ${text}`);
    }
  }

  /** Takes an option away, with its value. */
  drop(node: Options, field: string): void {
    const span = optionSpan(node, field);
    if (span) this.splice(node, span.start, span.end, '');
  }

  /** Writes something else for an option and its value. */
  replace(node: Options, field: string, by: string): void {
    const span = optionSpan(node, field);
    if (span) this.splice(node, span.start, span.end, by);
  }

  after(node: LineNode, line: string): void {
    this.follows.set(node.line.number, [...(this.follows.get(node.line.number) ?? []), line]);
  }

  text(): string {
    return this.lines.flatMap((line) => this.edited(line)).join('');
  }

  /** Offsets are those of the line as it was. */
  private splice({ line }: LineNode, start: number, end: number, by: string): void {
    const from = by === '' ? line.text.slice(0, start).trimEnd().length : start;
    this.splices.set(line.number, [...(this.splices.get(line.number) ?? []), { start: from, end, by }]);
  }

  private edited({ number, text }: SourceLine): string[] {
    const becomes = this.becomes.has(number) ? this.becomes.get(number) : this.spliced(number, text);
    const follows = (this.follows.get(number) ?? []).map((line) => `${line}\n`);
    if (becomes === undefined) return follows;
    const isEnded = (line: string) => line !== '' && isTerminator(line.at(-1)!);
    const wantsEnd = follows.length > 0 || (isEnded(text) && !isEnded(becomes));
    return [wantsEnd && !isEnded(becomes) ? `${becomes}\n` : becomes, ...follows];
  }

  /** From the right, so that what stands further left keeps its place. */
  private spliced(number: number, text: string): string {
    const splices = [...(this.splices.get(number) ?? [])].sort((a, b) => b.start - a.start);
    return splices.reduce((now, { start, end, by }) => now.slice(0, start) + by + now.slice(end), text);
  }
}

/** From an option to the end of its value, which may be a word of its own. */
function optionSpan({ words, at }: Options, field: string): { start: number; end: number } | undefined {
  const word = at.get(field);
  if (!word) return undefined;
  const next = words[words.indexOf(word) + 1];
  const takes = !word.text.includes('=') && VALUED.has(field) && next !== undefined;
  return { start: word.start, end: takes ? next.end : word.end };
}

/** Of the options that are rewritten, those that have a value. */
const VALUED: ReadonlySet<string> = new Set([
  ...['ntpservers', 'level', 'ignoregroups', 'teamslaves', 'teamconfig', 'instLangs', 'append'],
]);
