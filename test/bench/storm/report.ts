import { availableParallelism } from 'node:os';
import { STEPS, type StormResult } from '../../storm/steps.ts';
import { latencyOf } from '../dhcp/percentiles.ts';
import { finish, median, printTable } from '../table.ts';
import { type Measured, TURN_BYTES, TURN_MACHINES } from './measure.ts';

export interface Findings {
  rounds: number;
  /** By number of machines, one for each round. */
  storms: ReadonlyMap<number, Measured[]>;
  /** With admission control and without it. */
  turns: ReadonlyMap<'with' | 'without', StormResult[]>;
}

/** Tables for people, then the targets. */
export function report({ rounds, storms, turns }: Findings): void {
  const where = `${availableParallelism()} cores, machines and service on the same`;
  process.stdout.write(`medians of ${rounds} round(s) on ${where}\n`);
  if (storms.size > 0) stormTable(storms);
  if (turns.size > 0) turnTable(turns);
  finish({ bench: 'storm', ratios: ratios(storms, turns), targets: TARGETS });
}

const TARGETS = {
  lost: '≤ 0',
  costManyOverFew: '≤ 1.2',
  firstWithOverWithout: '≤ 0.5',
  medianWithOverWithout: '≤ 0.8',
  lastWithOverWithout: '≤ 1.15',
};

function stormTable(storms: Findings['storms']): void {
  const row = (title: string, pick: (run: Measured) => number, unit: string, digits = 0) => [
    title,
    ...[...storms.values()].map((runs) => shown(median(runs.map(pick)), unit, digits)),
  ];
  const steps = STEPS.flatMap((step) => {
    const of = ({ milliseconds }: Measured) => latencyOf({ milliseconds: milliseconds[step], lost: 0 });
    return [
      row(`${step}, p50`, (run) => of(run).p50, ' ms'),
      row('  p99', (run) => of(run).p99, ' ms'),
      row('  said again', ({ repeats }) => repeats[step], ''),
    ];
  });
  const roles = Object.keys([...storms.values()][0]![0]!.memory);
  const memory = roles.flatMap((role) => [
    row(`memory of ${role}, before`, (run) => run.memory[role]!.before / 2 ** 20, ' MiB'),
    row('  at most', (run) => run.memory[role]!.most / 2 ** 20, ' MiB'),
  ]);
  process.stdout.write('\n');
  printTable(
    [
      { title: 'machines at once' },
      ...[...storms.keys()].map((machines) => ({ title: String(machines), align: 'right' as const })),
    ],
    [
      row('came to their end', ({ finished }) => finished, ''),
      row('lost', ({ lost }) => lost, ''),
      row('all within', ({ seconds }) => seconds, ' s', 1),
      ...steps,
      row('processor time for each', ({ cpuPerHost }) => cpuPerHost, ' ms', 1),
      ...memory,
    ],
  );
}

function turnTable(turns: Findings['turns']): void {
  const row = (title: string, pick: (run: StormResult) => number) => [
    title,
    ...[...turns.values()].map((runs) => shown(median(runs.map(pick)), ' s', 1)),
  ];
  process.stdout.write('\n');
  printTable(
    [
      { title: `${TURN_MACHINES} machines of ${Math.round(TURN_BYTES / 1e6)} MB over 1 Gbit/s` },
      ...[...turns.keys()].map((name) => ({ title: `${name} admission control`, align: 'right' as const })),
    ],
    [row('first is there after', first), row('median', middle), row('last', last)],
  );
}

const first = ({ ends }: StormResult) => Math.min(...ends);
const middle = ({ ends }: StormResult) => median(ends);
const last = ({ ends, finished, machines }: StormResult) =>
  finished === machines ? Math.max(...ends) : Number.POSITIVE_INFINITY;

/** Without those that were not measured. */
function ratios(storms: Findings['storms'], turns: Findings['turns']): Record<string, number> {
  const [few, many] = [Math.min(...storms.keys()), Math.max(...storms.keys())];
  const cost = (machines: number) => median(storms.get(machines)!.map(({ cpuPerHost }) => cpuPerHost));
  const lost = [...storms.values()].flat().reduce((sum, run) => sum + run.lost, 0);
  const [asked, free] = [turns.get('with'), turns.get('without')];
  const over = (pick: (run: StormResult) => number) => median(asked!.map(pick)) / median(free!.map(pick));
  return {
    ...(storms.size > 0 ? { lost } : {}),
    ...(storms.size > 1 ? { costManyOverFew: cost(many) / cost(few) } : {}),
    ...(asked && free
      ? {
          firstWithOverWithout: over(first),
          medianWithOverWithout: over(middle),
          lastWithOverWithout: over(last),
        }
      : {}),
  };
}

function shown(value: number, unit: string, digits: number): string {
  return Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : '—';
}
