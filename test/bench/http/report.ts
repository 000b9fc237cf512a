import { availableParallelism } from 'node:os';
import { finish, median, printTable } from '../table.ts';
import type { Download, Scripts } from './loads.ts';
import { LOADS } from './plan.ts';
import { type HttpServer, nginx, rackhand } from './servers.ts';

export interface Findings {
  rounds: number;
  versions: ReadonlyMap<HttpServer, string>;
  /** By "SERVER CLIENTS". */
  files: ReadonlyMap<string, Download[]>;
  scripts: ReadonlyMap<string, Scripts[]>;
}

/** A table for people, then the targets. */
export function report({ rounds, versions, files, scripts }: Findings): void {
  const servers = [...versions.keys()];
  const file = (name: string, clients: number, pick: (one: Download) => number) =>
    middle(files.get(`${name} ${clients}`), pick);
  const script = (name: string, pick: (one: Scripts) => number) => middle(scripts.get(name), pick);
  const cells = (of: (name: string) => number | undefined, unit: string, digits = 0) =>
    servers.map(({ name }) => {
      const value = of(name);
      return value === undefined ? '' : `${value.toFixed(digits)}${unit}`;
    });
  process.stdout.write(`medians of ${rounds} round(s) on ${availableParallelism()} cores\n\n`);
  printTable(
    [{ title: '' }, ...servers.map(({ name }) => ({ title: name, align: 'right' as const }))],
    [
      ['version', ...versions.values()],
      ...LOADS.flatMap(({ clients }) => [
        [`500 MB, ${clients} client(s)`, ...cells((s) => file(s, clients, mega), ' MB/s')],
        ['  CPU for a gigabyte', ...cells((s) => file(s, clients, (one) => one.secondsPerGigabyte), ' s', 2)],
        ['  peak memory', ...cells((s) => file(s, clients, (one) => one.peak / 2 ** 20), ' MiB')],
      ]),
      ['scripts/s on one core', ...cells((s) => script(s, (one) => one.perSecond), '')],
      ['  CPU for one', ...cells((s) => script(s, (one) => one.cost), ' µs')],
    ],
  );
  process.stdout.write('\nnginx answers scripts with a constant: what the client can ask for.\n');
  const ratios: Record<string, number> = {};
  for (const { clients } of LOADS) {
    const [ours, theirs] = [rackhand, nginx].map(({ name }) => file(name, clients, mega));
    if (ours !== undefined && theirs !== undefined) ratios[`file_${clients}_vs_nginx`] = ours / theirs;
  }
  const perSecond = script(rackhand.name, (one) => one.perSecond);
  if (perSecond !== undefined) ratios.scripts_per_second = perSecond;
  const targets = Object.fromEntries(LOADS.map(({ clients }) => [`file_${clients}_vs_nginx`, '≥ 0.8']));
  finish({ bench: 'http', ratios, targets: { ...targets, scripts_per_second: '≥ 15000' } });
}

const mega = (one: Download) => one.bytesPerSecond / 1e6;

function middle<T>(values: T[] | undefined, pick: (value: T) => number): number | undefined {
  return values && median(values.map(pick));
}
