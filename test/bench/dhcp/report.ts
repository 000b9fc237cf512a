import { availableParallelism } from 'node:os';
import { finish, printTable } from '../table.ts';
import { type BusyService, HOSTS, RATE } from './busy-service.ts';
import type { MeasuredRun } from './rate.ts';
import { medianOf, type Series } from './rounds.ts';
import { dropShare } from './search.ts';
import type { BenchServer } from './servers.ts';
import type { Start } from './start.ts';

/** Leases in the database before a run. */
export const SIZES = [1000, 60_000, 1_000_000];
const [FEW, MANY, MILLION] = SIZES as [number, number, number];

export interface Findings {
  servers: readonly BenchServer[];
  versions: ReadonlyMap<string, string>;
  rounds: number;
  /** Exchanges per second at which CPU time is compared. */
  equalRate: number;
  /** Absent where the step was left out. */
  rates: Series<MeasuredRun | undefined>[] | undefined;
  equal: Series<MeasuredRun>[] | undefined;
  sizes: Series<MeasuredRun>[] | undefined;
  starts: Series<Start>[] | undefined;
  busy: Series<BusyService>[] | undefined;
}

/** A table for people, then the targets. */
export function report(findings: Findings): void {
  const { servers, equalRate } = findings;
  const cells = (of: (server: string) => number | undefined, unit: string, digits = 0) =>
    servers.map(({ name }) => shown(of(name), unit, digits));
  const { rate, cpu, cost, startSeconds, startCpu, bytesPerLease } = figures(findings);
  const atBest = (pick: (run: MeasuredRun) => number) => (name: string) =>
    medianOf(findings.rates, name, 0, (run) => run && pick(run));
  const atEqual = (pick: (run: MeasuredRun) => number) => (name: string) =>
    medianOf(findings.equal, name, 0, pick);
  process.stdout.write(`medians of ${findings.rounds} round(s) on ${availableParallelism()} cores\n\n`);
  printTable(
    [{ title: '' }, ...servers.map(({ name }) => ({ title: name, align: 'right' as const }))],
    [
      ['version', ...servers.map(({ name }) => findings.versions.get(name)!)],
      ['address probing', ...servers.map(({ probing }) => probing)],
      ['leases', ...servers.map(({ durability }) => durability)],
      ['4-way exchanges/s, 10 s, drops ≤ 1%', ...cells(rate, '')],
      [
        '  drops there',
        ...cells(
          atBest((run) => 100 * dropShare(run)),
          '%',
          2,
        ),
      ],
      [
        '  load programs there',
        ...cells(
          atBest((run) => run.programs),
          '',
        ),
      ],
      [
        '  cores busy there',
        ...cells(
          atBest((run) => run.cores),
          '',
          2,
        ),
      ],
      [
        '  CPU per exchange there',
        ...cells(
          atBest((run) => run.cpuMicroseconds),
          ' µs',
        ),
      ],
      [`CPU per exchange at ${equalRate}/s`, ...cells(cpu, ' µs')],
      [
        '  latency p50',
        ...cells(
          atEqual((run) => run.latency!.p50),
          ' ms',
          2,
        ),
      ],
      [
        '  latency p99',
        ...cells(
          atEqual((run) => run.latency!.p99),
          ' ms',
          2,
        ),
      ],
      ...SIZES.map((size) => [
        `  with ${size.toLocaleString('en')} leases before`,
        ...cells((name) => cost(name, size), ' µs'),
      ]),
      ['start with 1,000,000 leases', ...cells(startSeconds, ' s', 2)],
      ['  CPU time of it', ...cells(startCpu, ' s', 2)],
      ['memory per lease', ...cells(bytesPerLease, ' B')],
    ],
  );
  tellBusy(findings.busy);
  finish({ bench: 'dhcp', ratios: ratios(findings), targets: TARGETS });
}

const TARGETS = {
  rateOverKea: '≥ 2.0',
  cpuPerExchangeOverKea: '≤ 0.5',
  costAt60000Over1000: '≤ 1.2',
  costAtMillionOver1000: '≤ 1.2',
  startAtMillionSeconds: '≤ 3',
  bytesPerLease: '≤ 300',
  busyP99Milliseconds: '≤ 5',
};

function figures({ rates, equal, sizes, starts }: Findings) {
  return {
    /** A round in which it held no rate of the search counts as none. */
    rate: (name: string) => medianOf(rates, name, 0, (run) => run?.ended ?? 0),
    cpu: (name: string) => medianOf(equal, name, 0, (run) => run.cpuMicroseconds),
    cost: (name: string, leases: number) => medianOf(sizes, name, leases, (run) => run.cpuMicroseconds),
    startSeconds: (name: string) => medianOf(starts, name, MILLION, ({ seconds }) => seconds),
    startCpu: (name: string) => medianOf(starts, name, MILLION, ({ cpuSeconds }) => cpuSeconds),
    bytesPerLease(name: string) {
      const [full, idle] = [MILLION, 0].map((size) => medianOf(starts, name, size, ({ bytes }) => bytes));
      return full === undefined || idle === undefined ? undefined : (full - idle) / MILLION;
    },
  };
}

/** Without those that were not measured. */
function ratios(findings: Findings): Record<string, number> {
  const { rate, cpu, cost, startSeconds, bytesPerLease } = figures(findings);
  const over = (value: number | undefined, reference: number | undefined) =>
    value === undefined || !reference ? undefined : value / reference;
  const all: Record<keyof typeof TARGETS, number | undefined> = {
    rateOverKea: over(rate('rackhand'), rate('kea')),
    cpuPerExchangeOverKea: over(cpu('rackhand'), cpu('kea')),
    costAt60000Over1000: over(cost('rackhand', MANY), cost('rackhand', FEW)),
    costAtMillionOver1000: over(cost('rackhand', MILLION), cost('rackhand', FEW)),
    startAtMillionSeconds: startSeconds('rackhand'),
    bytesPerLease: bytesPerLease('rackhand'),
    busyP99Milliseconds: medianOf(findings.busy, 'rackhand', 0, ({ busy }) => busy.p99),
  };
  const measured = Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(measured);
}

function tellBusy(series: Findings['busy']): void {
  if (!series) return;
  const of = (pick: (found: BusyService) => number, unit: string, digits = 2) =>
    shown(medianOf(series, 'rackhand', 0, pick), unit, digits);
  const row = (name: string, which: 'idle' | 'idleDisk' | 'busy' | 'busyDisk') => [
    name,
    ...(['p50', 'p99', 'maximum'] as const).map((part) => of((found) => found[which][part], ' ms')),
    which.endsWith('Disk') ? '' : of((found) => found[which].lost, '', 0),
  ];
  process.stdout.write(`\nrackhand serve, all roles, ${RATE} exchanges/s: OFFERs and ACKs\n`);
  printTable(
    [
      { title: '' },
      ...['p50', 'p99', 'maximum', 'lost'].map((title) => ({ title, align: 'right' as const })),
    ],
    [
      row('nothing else', 'idle'),
      row('  a plain fdatasync meanwhile', 'idleDisk'),
      row('downloads and pages', 'busy'),
      row('  a plain fdatasync meanwhile', 'busyDisk'),
    ],
  );
  const downloaded = of((found) => found.bytes / 1e9, ' GB', 1);
  const pages = of((found) => found.pages, ' times', 0);
  process.stdout.write(`meanwhile ${downloaded} by HTTP, and ${pages} all of a page of ${HOSTS} hosts\n`);
}

function shown(value: number | undefined, unit: string, digits: number): string {
  if (value === undefined) return '—';
  return `${Number.isFinite(value) ? value.toFixed(digits) : '∞'}${unit}`;
}
