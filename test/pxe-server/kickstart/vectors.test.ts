import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isAccepted, parseKickstart } from '../../../pxe-server/kickstart/parse.ts';
import { printKickstart } from '../../../pxe-server/kickstart/print.ts';
import { RELEASES, type Release } from '../../../pxe-server/kickstart/releases.ts';
import { DIFFERENCES } from './differences.ts';
import { plainDocument } from './plain-document.ts';
import { differingValues } from './reference-values.ts';
import { vectorsFile } from './vectors-file.ts';

interface Vector {
  release: Release;
  command: string;
  text: string;
  expect: 'ok' | 'error';
  parsed?: Record<string, unknown>;
}

const ABSENT = 'no vectors: RACKHAND_KICKSTART_VECTORS names their file';
const path = vectorsFile();
const vectors: Vector[] = path
  ? readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

it('vectors are there wherever nothing may be left out', ({ skip }) => {
  if (!path && !process.env.CI) skip(ABSENT);
  expect(path).toBeDefined();
});

it.for(RELEASES)(
  '%s: verdicts and values are those of the reference, but for the listed ones',
  (release, { skip }) => {
    if (!path) skip(ABSENT);
    const own = vectors.filter((vector) => vector.release === release);
    const differing = own.flatMap((vector) => {
      const why = difference(vector);
      return why === undefined ? [] : [{ text: vector.text, why }];
    });
    const listed = DIFFERENCES.filter((entry) => entry.release === release).map(({ text }) => text);
    expect(differing.filter(({ text }) => !listed.includes(text))).toEqual([]);
    expect(listed.filter((text) => !differing.some((one) => one.text === text))).toEqual([]);
    expect(own.length).toBeGreaterThan(100);
    expect(differing.length / own.length).toBeLessThanOrEqual(0.01);
  },
);

it('what was read is the same document once it is printed', ({ skip }) => {
  if (!path) skip(ABSENT);
  for (const { release, text } of vectors) {
    const read = parseKickstart(text, { release });
    if (!isAccepted(read)) continue;
    const printed = printKickstart(read);
    expect(plainDocument(parseKickstart(printed, { release })), text).toEqual(plainDocument(read));
  }
});

function difference({ release, command, text, expect: verdict, parsed }: Vector): string | undefined {
  const read = parseKickstart(text, { release });
  const ours = isAccepted(read) ? 'ok' : 'error';
  if (ours !== verdict) return `${ours}, where the reference says ${verdict}`;
  if (!parsed) return undefined;
  const node = read.nodes.findLast((n) => n.is === 'command' && n.words[0]!.text === command);
  if (node?.is !== 'command') return `no ${command} in what was read`;
  return differingValues(node.name, node.values, parsed).join('; ') || undefined;
}
