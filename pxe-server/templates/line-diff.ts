/** Unchanged lines around a change. */
const CONTEXT = 3;
/** Beyond so many lines taken away and added, what lies between the first and the last of them is told as changed whole. */
const MOST_EDITS = 1000;
const NO_NEWLINE = '\n\\ No newline at end of file';

interface Line {
  op: ' ' | '-' | '+';
  text: string;
}

/**
 * Unified diff of two texts, as diff(1) -u writes it; empty when they are equal. Pure.
 * @param names of the two, for the first lines
 */
export function lineDiff(
  before: string,
  after: string,
  names: readonly [before: string, after: string],
): string {
  if (before === after) return '';
  const lines = compared(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines).map((hunk) => hunkText(lines, hunk));
  return [`--- ${names[0]}\n`, `+++ ${names[1]}\n`, ...hunks].join('');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  if (text.endsWith('\n')) return text.slice(0, -1).split('\n');
  return `${text}${NO_NEWLINE}`.split(/\n(?!\\ No newline at end of file$)/);
}

function compared(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const same = (texts: readonly string[]): Line[] => texts.map((text) => ({ op: ' ', text }));
  return [
    ...same(a.slice(0, start)),
    ...edits(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

/** The shortest way from one to the other (Myers, "An O(ND) difference algorithm", 1986). */
function edits(a: readonly string[], b: readonly string[]): Line[] {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  /** Furthest line of `a` on each diagonal k, at k + most + 1; and as it was before each step, k from -d-1 to d+1. */
  const furthest = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    trace.push(furthest.slice(most - d, most + d + 3));
    for (let k = -d; k <= d; k += 2) {
      const at = k + most + 1;
      let x = goesDown(furthest, at, k, d) ? furthest[at + 1]! : furthest[at - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[at] = x;
      if (x >= a.length && x - k >= b.length) return wayBack(a, b, trace);
    }
  }
  return [...a.map((text): Line => ({ op: '-', text })), ...b.map((text): Line => ({ op: '+', text }))];
}

function goesDown(furthest: Int32Array, at: number, k: number, d: number): boolean {
  return k === -d || (k !== d && furthest[at - 1]! < furthest[at + 1]!);
}

function wayBack(a: readonly string[], b: readonly string[], trace: readonly Int32Array[]): Line[] {
  const lines: Line[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const k = x - y;
    const at = k + d + 1;
    const from = goesDown(trace[d]!, at, k, d) ? 1 : -1;
    const startX = d === 0 ? 0 : trace[d]![at + from]!;
    const startY = d === 0 ? 0 : startX - (k + from);
    for (; x > startX && y > startY; y--) lines.push({ op: ' ', text: a[--x]! });
    if (d === 0) break;
    if (x > startX) lines.push({ op: '-', text: a[--x]! });
    else lines.push({ op: '+', text: b[--y]! });
  }
  return lines.reverse();
}

/** First line of each hunk and the one behind its last. */
function hunksOf(lines: readonly Line[]): [number, number][] {
  const hunks: [number, number][] = [];
  lines.forEach(({ op }, i) => {
    if (op === ' ') return;
    const [from, to] = [Math.max(0, i - CONTEXT), Math.min(lines.length, i + CONTEXT + 1)];
    const last = hunks.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  });
  return hunks;
}

function hunkText(lines: readonly Line[], [from, to]: [number, number]): string {
  const range = (without: '-' | '+') => {
    const before = lines.slice(0, from).filter(({ op }) => op !== without).length;
    const count = lines.slice(from, to).filter(({ op }) => op !== without).length;
    return `${count === 0 ? before : before + 1},${count}`;
  };
  const told = lines.slice(from, to).map(({ op, text }) => `${op}${text}\n`);
  return `@@ -${range('+')} +${range('-')} @@\n${told.join('')}`;
}
