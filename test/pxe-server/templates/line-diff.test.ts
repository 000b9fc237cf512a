import { describe, expect, it } from 'vitest';
import { lineDiff } from '../../../pxe-server/templates/line-diff.ts';

const NAMES = ['a', 'b'] as const;
const diff = (a: string, b: string) => lineDiff(a, b, NAMES).split('\n').slice(2).join('\n');

describe('a unified diff', () => {
  it.each([
    ['equal texts', 'x\n', 'x\n', ''],
    ['a changed line', '1\n2\n3\n', '1\nb\n3\n', '@@ -1,3 +1,3 @@\n 1\n-2\n+b\n 3\n'],
    ['from nothing', '', 'x\ny\n', '@@ -0,0 +1,2 @@\n+x\n+y\n'],
    ['to nothing', 'x\n', '', '@@ -1,1 +0,0 @@\n-x\n'],
    ['a line put before', '1\n', '0\n1\n', '@@ -1,1 +1,2 @@\n+0\n 1\n'],
    ['a line put behind', '1\n', '1\n2\n', '@@ -1,1 +1,2 @@\n 1\n+2\n'],
    ['a line without an end', 'x\n', 'x', '@@ -1,1 +1,1 @@\n-x\n+x\n\\ No newline at end of file\n'],
    [
      'two places far from each other, and no more than three lines around',
      'a\n1\n2\n3\n4\n5\n6\n7\n8\nz\n',
      'A\n1\n2\n3\n4\n5\n6\n7\n8\nZ\n',
      '@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-z\n+Z\n',
    ],
    [
      'two places near each other in one piece',
      'a\n1\n2\n3\nz\n',
      'A\n1\n2\n3\nZ\n',
      '@@ -1,5 +1,5 @@\n-a\n+A\n 1\n 2\n 3\n-z\n+Z\n',
    ],
  ])('of %s', (_what, a, b, told) => expect(diff(a, b)).toBe(told));
  it('names both', () => expect(lineDiff('', 'x\n', ['old', 'new'])).toMatch(/^--- old\n\+\+\+ new\n@@/));
});

/** The second text, from the first and the diff: as patch(1) would make it. */
function patched(before: string, told: string): string {
  const from = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const made: string[] = [];
  let at = 0;
  for (const line of told.split('\n').slice(2, -1)) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    if (hunk) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      made.push(...from.slice(at, start));
      at = start;
    } else {
      if (line[0] !== '+') expect(from[at++], 'as the diff says').toBe(line.slice(1));
      if (line[0] !== '-') made.push(line.slice(1));
    }
  }
  return [...made, ...from.slice(at)].map((line) => `${line}\n`).join('');
}

it('gives the second text from the first, whatever they are, and is no longer than need be', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const text = () => Array.from({ length: random(12) }, () => `${'abc'[random(3)]}\n`).join('');
  for (let i = 0; i < 3000; i++) {
    const [a, b] = [text(), text()];
    const told = lineDiff(a, b, NAMES);
    expect(told === '', `${a} to ${b}`).toBe(a === b);
    expect(patched(a, told)).toBe(b);
    const edits = told
      .split('\n')
      .slice(2)
      .filter((line) => /^[-+]/.test(line)).length;
    expect(edits, `${a} to ${b}`).toBe(fewest(a.split('\n').slice(0, -1), b.split('\n').slice(0, -1)));
  }
});
it('of large texts that have nothing in common comes soon', () => {
  const lines = (of: string) => Array.from({ length: 20_000 }, (_, i) => `${of}${i}\n`).join('');
  const start = performance.now();
  const told = lineDiff(lines('a'), lines('b'), NAMES);
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(patched(lines('a'), told)).toBe(lines('b'));
});

/** Lines to take away and to add, by the longest common subsequence. */
function fewest(a: string[], b: string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const one of a) {
    const next = [0];
    for (const [j, other] of b.entries())
      next.push(one === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
    row = next;
  }
  return a.length + b.length - 2 * row[b.length]!;
}
