import { checkKickstart } from '../../pxe-server/kickstart/check.ts';
import { parseKickstart } from '../../pxe-server/kickstart/parse.ts';
import { RELEASES, type Release } from '../../pxe-server/kickstart/releases.ts';
import { samples } from '../pxe-server/kickstart/samples.ts';
import { finish, median, printTable } from './table.ts';

/**
 * `npm run bench:kickstart`: seconds of the processor, all threads of the process together, for a thousand typical
 * kickstarts, read alone and with the question whether they can be done. No two texts are equal, and each round begins
 * with the next release.
 */
const TEXTS = 1000;
const ROUNDS = Number(process.env.RACKHAND_BENCH_ROUNDS ?? 7);

const texts = Array.from({ length: TEXTS }, (_, i) => {
  const all = Object.values(samples);
  return `# host ${i}\n${all[i % all.length]!.replaceAll('node1', `node${i}`)}`;
});
const seconds = (work: (text: string, release: Release) => unknown) =>
  Array.from({ length: ROUNDS }, (_, round) => {
    const before = process.cpuUsage();
    for (const [i, text] of texts.entries()) work(text, RELEASES[(i + round) % RELEASES.length]!);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });

const parsed = seconds((text, release) => parseKickstart(text, { release }));
const checked = seconds((text, release) => checkKickstart(text, { release }));
const lines = texts.reduce((sum, text) => sum + text.split('\n').length, 0);
printTable(
  [
    { title: `${TEXTS} kickstarts, ${lines} lines` },
    { title: 'first', align: 'right' },
    { title: 'median', align: 'right' },
  ],
  [
    ['read', `${parsed[0]!.toFixed(3)} s`, `${median(parsed).toFixed(3)} s`],
    ['read and checked', `${checked[0]!.toFixed(3)} s`, `${median(checked).toFixed(3)} s`],
  ],
);
finish({
  bench: 'kickstart',
  // The first round is what a program that has just started takes.
  ratios: { secondsParsed: parsed[0]!, secondsChecked: checked[0]! },
  targets: { secondsParsed: '≤ 1', secondsChecked: '≤ 1' },
});
