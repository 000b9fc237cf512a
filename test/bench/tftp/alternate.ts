import { median } from '../table.ts';

/** What one server showed under one load, in each round. */
export interface Series<T> {
  server: string;
  load: string;
  values: T[];
}

export interface Turn<T> {
  server: string;
  load: string;
  measure(round: number): Promise<T>;
}

/** Each turn once in every round, so that what else the machine does falls on all; every other round backwards. */
export async function alternate<T>(rounds: number, turns: readonly Turn<T>[]): Promise<Series<T>[]> {
  const all = turns.map((turn) => ({ turn, series: { ...turn, values: [] as T[] } }));
  for (let round = 1; round <= rounds; round++) {
    for (const { turn, series } of round % 2 === 1 ? all : all.toReversed()) {
      const value = await turn.measure(round);
      series.values.push(value);
      const shown = JSON.stringify(value, (_key, v) =>
        typeof v === 'number' ? Number(v.toPrecision(4)) : v,
      );
      process.stderr.write(`round ${round} of ${rounds}, ${turn.server}, ${turn.load}: ${shown}\n`);
    }
  }
  return all.map(({ series: { server, load, values } }) => ({ server, load, values }));
}

/** Median over the rounds; undefined where it was not measured. */
export function medianOf<T>(
  all: readonly Series<T>[],
  server: string,
  load: string,
  pick: (value: T) => number,
): number | undefined {
  const values = all.find((one) => one.server === server && one.load === load)?.values ?? [];
  return values.length === 0 ? undefined : median(values.map(pick));
}
