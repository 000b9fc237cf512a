import { stopOnSignals, untilStopped } from '../lab/stop.ts';
import { alternate, type Turn } from './tftp/alternate.ts';
import { findAtftpd } from './tftp/find-atftpd.ts';
import { type Load, type Measured, measure } from './tftp/measure.ts';
import { report } from './tftp/report.ts';
import { makeScene } from './tftp/scene.ts';
import { atftpd, type BenchServer, dnsmasq, rackhand, tftpdHpa } from './tftp/servers.ts';

/**
 * `npm run bench:tftp`: our TFTP server against in.tftpd, dnsmasq and atftpd, alternating, under the same client
 * between two network namespaces: one client in lock-step, windows, 200 clients at once, and a link of 20 ms that
 * loses packets. RACKHAND_BENCH_ROUNDS makes it fewer than five rounds, RACKHAND_BENCH_STEPS, such as
 * "lockstep,windows", leaves steps out, whose targets then count as missed, and RACKHAND_BENCH_MB makes the large file
 * smaller than 64 MB.
 */
const ROUNDS = Number(process.env.RACKHAND_BENCH_ROUNDS ?? 5);
const STEPS = (process.env.RACKHAND_BENCH_STEPS ?? 'lockstep,windows,many,far').split(',');

const LOADS: Record<string, Load> = {
  lockstep: { file: 'large', windowSize: 1, clients: 1 },
  'window 8': { file: 'large', windowSize: 8, clients: 1 },
  'window 32': { file: 'large', windowSize: 32, clients: 1 },
  many: { file: 'megabyte', windowSize: 1, clients: 200 },
  'many, window 8': { file: 'megabyte', windowSize: 8, clients: 200 },
  far: { file: 'small', windowSize: 1, clients: 20 },
  'far, window 32': { file: 'small', windowSize: 32, clients: 20 },
};

const stopping = stopOnSignals();
const scene = await makeScene();
try {
  await Promise.race([main(), untilStopped(stopping)]);
} finally {
  await scene.remove();
}
if (stopping.aborted) process.exit(130);

async function main(): Promise<void> {
  const found = await findAtftpd(scene.work);
  const windowed: BenchServer[] = found === undefined ? [rackhand] : [rackhand, atftpd(found)];
  const servers = [...windowed, tftpdHpa, dnsmasq];
  const versions = new Map<string, string>();
  for (const server of servers) versions.set(server.name, await server.version());
  const turns = [
    ...of('lockstep', servers, ['lockstep']),
    ...of('windows', windowed, ['window 8', 'window 32']),
    ...of('many', servers, ['many']),
    ...of('many', windowed, ['many, window 8']),
    ...of('far', servers, ['far']),
    ...of('far', windowed, ['far, window 32']),
  ];
  report({ servers, versions, rounds: ROUNDS, series: await alternate(ROUNDS, turns) });
}

function of(step: string, servers: readonly BenchServer[], loads: readonly string[]): Turn<Measured>[] {
  if (!STEPS.includes(step)) return [];
  return loads.flatMap((load) =>
    servers.map((server) => ({
      ...{ server: server.name, load },
      measure: (round: number) => {
        const what = LOADS[load]!;
        return step === 'far' ? measuredFar(server, what, round) : measure(scene, scene.link, server, what);
      },
    })),
  );
}

/** The same losses for every server in a round, as far as they send the same. */
function measuredFar(server: BenchServer, load: Load, round: number): Promise<Measured> {
  return scene.withFarLink(round, (link) => measure(scene, link, server, load));
}
