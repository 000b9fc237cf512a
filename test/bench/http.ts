import { mkdtemp, open, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopOnSignals, untilStopped } from '../lab/stop.ts';
import { type Download, downloads, type Scripts, scripts } from './http/loads.ts';
import { FILE, FILE_BYTES, LOADS } from './http/plan.ts';
import { report } from './http/report.ts';
import { type HttpServer, nginx, rackhand, stopServers, streams } from './http/servers.ts';

/**
 * `npm run bench:http`: a large file by HTTP from our server and from nginx with sendfile, on the same cores as their
 * clients, alternating; then scripts of hosts from our server on one core. RACKHAND_BENCH_ROUNDS makes it fewer than
 * five rounds, RACKHAND_BENCH_CLIENTS, such as "1,8", leaves numbers of clients out, and RACKHAND_BENCH_STEPS=scripts or
 * =files one of the steps; targets of what was left out count as missed.
 */
const ROUNDS = Number(process.env.RACKHAND_BENCH_ROUNDS ?? 5);
const CLIENTS = (process.env.RACKHAND_BENCH_CLIENTS ?? '1,8,64').split(',').map(Number);
const STEPS = (process.env.RACKHAND_BENCH_STEPS ?? 'files,scripts').split(',');

const stopping = stopOnSignals();
const folder = await mkdtemp(join(tmpdir(), 'rackhand-bench-'));
try {
  await Promise.race([main(), untilStopped(stopping)]);
} finally {
  await stopServers();
  await rm(folder, { recursive: true, force: true });
}
if (stopping.aborted) process.exit(130);

async function main(): Promise<void> {
  await writeZeros(join(folder, FILE), FILE_BYTES);
  const servers = [nginx, rackhand, streams];
  const loads = LOADS.filter(({ clients }) => STEPS.includes('files') && CLIENTS.includes(clients));
  const files = new Map<string, Download[]>();
  const small = new Map<string, Scripts[]>();
  for (let round = 1; round <= ROUNDS; round++) {
    const turn = <T>(all: T[]) => (round % 2 === 1 ? all : all.toReversed());
    for (const load of loads)
      for (const server of turn(servers))
        await note(files, `${server.name} ${load.clients}`, round, () => downloads(server, folder, load));
    for (const server of turn(STEPS.includes('scripts') ? [nginx, rackhand] : []))
      await note(small, server.name, round, () => scripts(server, folder, availableParallelism() - 1));
  }
  const versions = new Map<HttpServer, string>();
  for (const server of servers) versions.set(server, await server.version());
  report({ rounds: ROUNDS, versions, files, scripts: small });
}

async function note<T>(
  all: Map<string, T[]>,
  name: string,
  round: number,
  measure: () => Promise<T>,
): Promise<void> {
  const value = await measure();
  all.set(name, [...(all.get(name) ?? []), value]);
  process.stderr.write(`round ${round} of ${ROUNDS}, ${name}: ${JSON.stringify(value)}\n`);
}

/** Bytes on the disk and not a hole, which would be read for nothing. */
async function writeZeros(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  const zeros = Buffer.alloc(10_000_000);
  for (let written = 0; written < size; written += zeros.length) await file.write(zeros);
  await file.sync();
  await file.close();
}
