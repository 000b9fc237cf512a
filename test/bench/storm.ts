import { stopOnSignals } from '../lab/stop.ts';
import type { StormResult } from '../storm/steps.ts';
import { type Measured, stormOf, turnsOf } from './storm/measure.ts';
import { report } from './storm/report.ts';

/**
 * `npm run bench:storm`: machines that are all switched on at once, against `rackhand serve` with all of its roles: DHCP,
 * loader by TFTP, script, kernel, then kickstart or root and registration; and a line of 1 Gbit/s that an image is loaded
 * over, with admission control and without. RACKHAND_BENCH_ROUNDS makes it fewer than five rounds,
 * RACKHAND_BENCH_HOSTS, such as "50,100", other numbers of machines, and RACKHAND_BENCH_STEPS=storms or =turns one of the
 * steps; targets of what was left out count as missed.
 */
const ROUNDS = Number(process.env.RACKHAND_BENCH_ROUNDS ?? 5);
const HOSTS = (process.env.RACKHAND_BENCH_HOSTS ?? '200,2000').split(',').map(Number);
const STEPS = (process.env.RACKHAND_BENCH_STEPS ?? 'storms,turns').split(',');
/** What the line carries; and so much that nobody waits for it. */
const TOLD = { with: '1 Gbit/s', without: '1 Tbit/s' } as const;

const stopping = stopOnSignals();
try {
  await main();
} catch (error) {
  if (!stopping.aborted) throw error;
  process.exitCode = 130;
}

async function main(): Promise<void> {
  const storms = new Map<number, Measured[]>();
  const turns = new Map<keyof typeof TOLD, StormResult[]>();
  for (let round = 1; round <= ROUNDS; round++) {
    const turn = <T>(all: T[]) => (round % 2 === 1 ? all : all.toReversed());
    for (const hosts of turn(STEPS.includes('storms') ? HOSTS : []))
      await note(storms, hosts, `${hosts} machines`, round, () => stormOf(hosts, stopping));
    for (const name of turn(STEPS.includes('turns') ? (['with', 'without'] as const) : []))
      await note(turns, name, `${name} admission control`, round, () => turnsOf(TOLD[name], stopping));
  }
  report({ rounds: ROUNDS, storms, turns });
}

async function note<K, T extends StormResult>(
  all: Map<K, T[]>,
  key: K,
  title: string,
  round: number,
  measure: () => Promise<T>,
): Promise<void> {
  const value = await measure();
  all.set(key, [...(all.get(key) ?? []), value]);
  const { milliseconds: _, ends: __, ...told } = value;
  process.stderr.write(`round ${round} of ${ROUNDS}, ${title}: ${JSON.stringify(told)}\n`);
}
