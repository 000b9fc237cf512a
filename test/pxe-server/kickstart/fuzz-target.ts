import { isDeepStrictEqual } from 'node:util';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { isAccepted, parseKickstart } from '../../../pxe-server/kickstart/parse.ts';
import { compileKickstart } from '../../../pxe-server/kickstart/plan/compile.ts';
import { printKickstart } from '../../../pxe-server/kickstart/print.ts';
import { RELEASES } from '../../../pxe-server/kickstart/releases.ts';
import { catalogueOf } from '../../../pxe-server/kickstart/tables/catalogue.ts';
import { findingText, linesOf } from '../../../pxe-server/kickstart/text/excerpt.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';
import { inventoryWith } from './inventory.ts';
import { plainDocument } from './plain-document.ts';
import { samples } from './samples.ts';

const MACHINE = inventoryWith();
const LINES = Object.values(samples)
  .flatMap((text) => text.split('\n%')[0]!.split('\n'))
  .concat('%packages\n@core\n%end', '%post\ndate\n%end');
const WORDS = RELEASES.flatMap((release) => {
  const { commands, sections } = catalogueOf(release);
  const options = [...commands.values()].flatMap(({ grammar }) => grammar.names);
  return [...commands.keys(), ...sections.keys(), ...options];
});
const VALUES = [
  '',
  '1',
  '-1',
  '99999999999999999999',
  '/',
  'pv.01',
  'sda',
  '"a b"',
  "'",
  '\\',
  '#',
  '%end',
  'é',
  '"\\"',
];
const SPOILERS = [
  '"',
  "'",
  '\\',
  '#',
  '\n',
  '\r\n',
  '\v',
  '\x85',
  '\u2028',
  '\0',
  '=',
  ' ',
  '%',
  '\t',
  '-',
  '\ud800',
];

/** Kickstart: read, checked, compiled and told without a throw, and the same again when printed. */
export const kickstart: FuzzTarget = {
  name: 'kickstart',
  input(random) {
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
    const word = () => pick(WORDS) + (random() < 0.6 ? `=${pick(VALUES)}` : ` ${pick(VALUES)}`);
    const line = () =>
      random() < 0.9 ? pick(LINES) : Array.from({ length: 1 + Math.floor(random() * 5) }, word).join(' ');
    const lines = Array.from({ length: 1 + Math.floor(random() * 4) }, line);
    // A byte for the release, then the text.
    let text = lines.join(random() < 0.9 ? '\n' : pick(SPOILERS));
    for (let spoils = Math.floor(random() * 2.5); spoils > 0; spoils--) {
      const at = Math.floor(random() * (text.length + 1));
      text = text.slice(0, at) + pick(SPOILERS) + text.slice(at + (random() < 0.5 ? 1 : 0));
    }
    return Buffer.concat([Buffer.from([Math.floor(random() * 256)]), Buffer.from(text)]);
  },
  check(input) {
    const release = RELEASES[(input[0] ?? 0) % RELEASES.length]!;
    const text = input.subarray(1).toString();
    const checked = checkKickstart(text, { release });
    const { kickstart: read, findings } = checked;
    compileKickstart(checked, MACHINE);
    const lines = new Map([['-', linesOf(text)]]);
    for (const finding of findings) {
      const { line, column, end } = finding.place;
      if (!(line >= 1 && column >= 1 && end >= column))
        throw new Error(`no place: ${JSON.stringify(finding)}`);
      findingText(finding, lines);
    }
    if (!isAccepted(read)) return false;
    const again = parseKickstart(printKickstart(read), { release });
    if (!isDeepStrictEqual(plainDocument(again), plainDocument(read)))
      throw new Error('printed, it is another');
    return true;
  },
};
