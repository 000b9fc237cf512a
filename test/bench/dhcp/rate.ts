import { type Latency, latencyOf } from './percentiles.ts';
import { type LoadRun, measuredLoad, warmUp } from './perfdhcp.ts';
import { cpuSeconds } from './process-stat.ts';
import type { Scene } from './scene.ts';
import { byEnoughPrograms, highestRate, NARROW, WIDE } from './search.ts';
import { type BenchServer, withServer } from './servers.ts';

/** One run under load, with what it cost the server. */
export interface MeasuredRun extends Omit<LoadRun, 'milliseconds'> {
  /** Of OFFERs and ACKs alike; absent unless it was asked for. */
  latency: Latency | undefined;
  /** Microseconds of CPU time of the server's process, all threads, for each exchange that ended. */
  cpuMicroseconds: number;
  /** Processors that the server kept busy, 0.5 for half of one. */
  cores: number;
  /** Load programs that asked at the same time. */
  programs: number;
}

export interface RunSettings {
  /** Exchanges per second, and for how long. */
  rate: number;
  seconds: number;
  /** Planned leases that are in the database before the run. */
  leases?: number;
  timers?: boolean;
}

/** A fresh server, warmed up by other clients, then the load that counts, by as many programs as it needs. */
export function measuredRun(scene: Scene, server: BenchServer, settings: RunSettings): Promise<MeasuredRun> {
  const attempt = byEnoughPrograms((rate, seconds, programs) =>
    runBy(programs, scene, server, { ...settings, rate, seconds }),
  );
  return attempt(settings.rate, settings.seconds);
}

function runBy(
  programs: number,
  scene: Scene,
  server: BenchServer,
  { rate, seconds, leases = 0, timers = false }: RunSettings,
): Promise<MeasuredRun> {
  return withServer(server, { ...scene, leases }, async ({ pid }) => {
    await warmUp(scene.link, rate);
    const before = cpuSeconds(pid);
    const { milliseconds, ...run } = await measuredLoad(scene.link, { rate, seconds, timers }, programs);
    const spent = cpuSeconds(pid) - before;
    const lost = Math.round((run.drops.offer + run.drops.ack) * run.begun * seconds);
    return {
      ...run,
      latency: timers ? latencyOf({ milliseconds, lost }) : undefined,
      cpuMicroseconds: (spent / Math.max(1, run.ended * seconds)) * 1e6,
      cores: spent / seconds,
      programs,
    };
  });
}

/**
 * The highest rate that a server holds for ten seconds with at most 1% drops.
 * @param first exchanges per second at which the search begins
 * @param earlier what it held in an earlier round: the search then begins there
 */
export function sustainedRate(
  scene: Scene,
  server: BenchServer,
  first: number,
  earlier: MeasuredRun | undefined,
): Promise<MeasuredRun | undefined> {
  const attempt = byEnoughPrograms((rate, seconds, programs) =>
    runBy(programs, scene, server, { rate, seconds }),
  );
  return earlier ? highestRate(attempt, earlier.ended, NARROW) : highestRate(attempt, first, WIDE);
}
