import { median } from '../table.ts';
import type { BenchServer } from './servers.ts';

/** What one server showed in each round, with so many leases in its database beforehand. */
export interface Series<T> {
  server: string;
  leases: number;
  values: T[];
}

/**
 * Each server with each size of its database, in every round once, so that what else the machine does falls on
 * all; every other round goes the other way round.
 */
export async function rounds<T>(
  count: number,
  servers: readonly BenchServer[],
  sizes: readonly number[],
  measure: (server: BenchServer, leases: number, earlier: T | undefined) => Promise<T>,
): Promise<Series<T>[]> {
  const turns = sizes.flatMap((leases) =>
    servers.map((server) => ({ server, leases, series: { server: server.name, leases, values: [] as T[] } })),
  );
  for (let round = 1; round <= count; round++) {
    for (const { server, leases, series } of round % 2 === 1 ? turns : turns.toReversed()) {
      const value = await measure(server, leases, series.values.at(-1));
      series.values.push(value);
      const shown = JSON.stringify(value, (_key, v) =>
        typeof v === 'number' ? Number(v.toPrecision(4)) : v,
      );
      process.stderr.write(`round ${round} of ${count}, ${server.name}, ${leases} leases: ${shown}\n`);
    }
  }
  return turns.map(({ series }) => series);
}

/** Median of a number over the rounds; undefined where it was not measured in each of them. */
export function medianOf<T>(
  all: readonly Series<T>[] | undefined,
  server: string,
  leases: number,
  pick: (value: T) => number | undefined,
): number | undefined {
  const series = all?.find((one) => one.server === server && one.leases === leases);
  const numbers = series?.values.map(pick).filter((number) => number !== undefined) ?? [];
  return numbers.length > 0 && numbers.length === series!.values.length ? median(numbers) : undefined;
}
