import { stopOnSignals, untilStopped } from '../lab/stop.ts';
import { busyService } from './dhcp/busy-service.ts';
import { dnsmasq } from './dhcp/dnsmasq.ts';
import { kea } from './dhcp/kea.ts';
import { rackhand } from './dhcp/rackhand.ts';
import { type MeasuredRun, measuredRun, sustainedRate } from './dhcp/rate.ts';
import { report, SIZES } from './dhcp/report.ts';
import { medianOf, rounds } from './dhcp/rounds.ts';
import { makeScene } from './dhcp/scene.ts';
import type { BenchServer } from './dhcp/servers.ts';
import { timedStart } from './dhcp/start.ts';

/**
 * `npm run bench:dhcp`: our DHCP server against Kea and dnsmasq, alternating, under the same perfdhcp between two
 * network namespaces: rate, CPU time, what a large lease database costs, start, memory; then what answers take
 * while `rackhand serve` has much else to do. RACKHAND_BENCH_ROUNDS makes it fewer than five rounds, and
 * RACKHAND_BENCH_STEPS, such as "rate,size", leaves steps out, whose targets then count as missed; RACKHAND_BENCH_FOLDER is
 * where the leases lie, if on another disk than /var/tmp.
 */
const ROUNDS = Number(process.env.RACKHAND_BENCH_ROUNDS ?? 5);
const STEPS = (process.env.RACKHAND_BENCH_STEPS ?? 'rate,equal,size,start,busy').split(',');
const SECONDS = 10;
/** Exchanges per second at which the search begins. */
const FIRST = new Map<BenchServer, number>([
  [rackhand, 5000],
  [kea, 5000],
  [dnsmasq, 200],
]);
/** Stands for half of Kea's rate where that was not looked for. */
const MODERATE = 2000;

const stopping = stopOnSignals();
const scene = await makeScene();
try {
  await Promise.race([main(), untilStopped(stopping)]);
} finally {
  await scene.remove();
}
if (stopping.aborted) process.exit(130);

async function main(): Promise<void> {
  const servers = [...FIRST.keys()];
  const versions = new Map<string, string>();
  for (const server of servers) versions.set(server.name, await server.version());
  const both = [rackhand, kea];
  const rates = await step('rate', () =>
    rounds<MeasuredRun | undefined>(ROUNDS, servers, [0], (server, _leases, earlier) =>
      sustainedRate(scene, server, FIRST.get(server)!, earlier),
    ),
  );
  const keaRate = medianOf(rates, kea.name, 0, (run) => run?.ended);
  const equalRate = keaRate ? Math.round(keaRate / 200) * 100 : MODERATE;
  const atEqualRate = (timers: boolean) => (server: BenchServer, leases: number) =>
    measuredRun(scene, server, { rate: equalRate, seconds: SECONDS, leases, timers });
  const equal = await step('equal', () => rounds(ROUNDS, both, [0], atEqualRate(true)));
  const sizes = await step('size', () => rounds(ROUNDS, both, SIZES, atEqualRate(false)));
  const starts = await step('start', () =>
    rounds(ROUNDS, both, [0, SIZES.at(-1)!], (server, leases) => timedStart(scene, server, leases)),
  );
  const busy = await step('busy', () => rounds(ROUNDS, [rackhand], [0], () => busyService(scene)));
  report({ servers, versions, rounds: ROUNDS, equalRate, rates, equal, sizes, starts, busy });
}

async function step<T>(name: string, measure: () => Promise<T>): Promise<T | undefined> {
  return STEPS.includes(name) ? measure() : undefined;
}
