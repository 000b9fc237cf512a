import { availableParallelism } from 'node:os';
import { finish, printTable } from '../table.ts';
import { medianOf, type Series } from './alternate.ts';
import type { Measured } from './measure.ts';
import type { BenchServer } from './servers.ts';

export interface Findings {
  servers: readonly BenchServer[];
  versions: ReadonlyMap<string, string>;
  rounds: number;
  series: readonly Series<Measured>[];
}

const CLIENTS = 200;
const OURS = 'rackhand';

/** A table for people, then the targets. */
export function report({ servers, versions, rounds, series }: Findings): void {
  const row = (title: string, load: string, pick: (run: Measured) => number, unit: string, digits = 1) => [
    title,
    ...servers.map(({ name }) => shown(medianOf(series, name, load, pick), unit, digits)),
  ];
  const rate = (title: string, load: string) => row(title, load, (run) => run.rate, ' MB/s');
  // Children whose parent does not wait for them leave no processor time behind.
  const cpu = (load: string) =>
    row('  its processor time per block', load, (run) => run.cpuPerBlock || Number.NaN, ' µs');
  const failed = (load: string) => row('  transfers that failed', load, (run) => run.failed, '', 0);
  process.stdout.write(
    `medians of ${rounds} round(s) on ${availableParallelism()} cores, blocks of 1468 bytes\n\n`,
  );
  printTable(
    [{ title: '' }, ...servers.map(({ name }) => ({ title: name, align: 'right' as const }))],
    [
      ['version', ...servers.map(({ name }) => versions.get(name)!)],
      rate('one client, lock-step', 'lockstep'),
      cpu('lockstep'),
      rate('one client, windows of 8', 'window 8'),
      cpu('window 8'),
      rate('one client, windows of 32', 'window 32'),
      cpu('window 32'),
      rate(`${CLIENTS} clients at once, lock-step`, 'many'),
      cpu('many'),
      failed('many'),
      row('  its memory for each', 'many', (run) => run.growth / CLIENTS / 1024, ' KiB'),
      rate(`${CLIENTS} clients at once, windows of 8`, 'many, window 8'),
      failed('many, window 8'),
      row('20 ms and 0.5% loss, lock-step', 'far', (run) => run.meanSeconds, ' s', 2),
      failed('far'),
      row('20 ms and 0.5% loss, windows of 32', 'far, window 32', (run) => run.meanSeconds, ' s', 2),
      failed('far, window 32'),
    ],
  );
  finish({ bench: 'tftp', ratios: ratios(series), targets: TARGETS });
}

const TARGETS = {
  lockstepOverBest: '≥ 0.9',
  window8OverAtftpd: '≥ 1.0',
  window32OverAtftpd: '≥ 1.0',
  manyOverBest: '≥ 1.0',
  kibPerTransfer: '≤ 64',
  farLockstepOverBest: '≥ 1.0',
  farOverBest: '≥ 1.0',
  failed: '≤ 0',
};

/** Without those that were not measured. */
function ratios(series: readonly Series<Measured>[]): Record<string, number> {
  const all: Record<keyof typeof TARGETS, number | undefined> = {
    lockstepOverBest: overBest(series, ['lockstep'], (run) => run.rate),
    window8OverAtftpd: overBest(series, ['window 8'], (run) => run.rate),
    window32OverAtftpd: overBest(series, ['window 32'], (run) => run.rate),
    manyOverBest: overBest(series, ['many'], (run) => run.rate),
    kibPerTransfer: medianOf(series, OURS, 'many', (run) => run.growth / CLIENTS / 1024),
    farLockstepOverBest: overBest(series, ['far'], (run) => 1 / run.meanSeconds),
    farOverBest: overBest(series, ['far', 'far, window 32'], (run) => 1 / run.meanSeconds),
    failed: series.length === 0 ? undefined : failures(series),
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** Our best over the best of all others, each under the loads that it was measured with. */
function overBest(
  series: readonly Series<Measured>[],
  loads: readonly string[],
  pick: (run: Measured) => number,
): number | undefined {
  const best = (ours: boolean) =>
    Math.max(
      ...series
        .filter(({ server, load }) => loads.includes(load) && (server === OURS) === ours)
        .map(({ server, load }) => medianOf(series, server, load, pick)!),
    );
  const ratio = best(true) / best(false);
  return Number.isFinite(ratio) ? ratio : undefined;
}

/** Transfers of ours that failed, in all rounds. */
function failures(series: readonly Series<Measured>[]): number {
  const runs = series.filter(({ server }) => server === OURS).flatMap(({ values }) => values);
  return runs.reduce((sum, { failed }) => sum + failed, 0);
}

function shown(value: number | undefined, unit: string, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '—' : `${value.toFixed(digits)}${unit}`;
}
