import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import { residentBytes } from '../dhcp/process-stat.ts';
import type { ClientOptions, ClientResult } from './client-program.ts';
import { FILES, type FileName, type Scene } from './scene.ts';
import { type BenchServer, start } from './servers.ts';

export interface Load {
  file: FileName;
  windowSize: number;
  clients: number;
  /** Milliseconds until a client repeats itself. */
  timeout?: number;
}

export interface Measured extends ClientResult {
  /** Megabytes per second of all clients together. */
  rate: number;
  /** Microseconds of processor time of the server for each block, its children included. */
  cpuPerBlock: number;
  /** Bytes that the server's own process grew by while it sent. */
  growth: number;
}

const BLOCK = 1468;
const TICK_MICROSECONDS = 10_000;
const CLIENT = join(import.meta.dirname, 'client-program.ts');

/** One server, started for it, under one load. */
export async function measure(
  { files }: Scene,
  link: Link,
  server: BenchServer,
  { file, windowSize, clients, timeout = 1000 }: Load,
): Promise<Measured> {
  const where = { device: link.serverDevice, address: link.serverAddress, folder: files };
  const daemon = start(server, link.server, where);
  const download = async (what: FileName, load: Partial<ClientOptions>): Promise<ClientResult> => {
    const options: ClientOptions = {
      ...{ server: link.serverAddress, port: 69, file: what, path: join(files, what) },
      ...{ blockSize: BLOCK, windowSize: 1, clients: 1, timeout, ...load },
    };
    const argv = [process.execPath, '--disable-warning=ExperimentalWarning', CLIENT];
    const { stdout } = await link.client.run([...argv, JSON.stringify(options)], { timeout: 600_000 });
    return JSON.parse(stdout);
  };
  try {
    await answers(() => download('probe', { timeout: 200 }));
    // The same once before it counts: what is compiled and taken for the first transfers alone is no transfer's.
    await download(file === 'large' ? 'megabyte' : file, { windowSize, clients });
    const pid = daemon.pid!;
    const before = { cpu: cpuMicroseconds(pid), bytes: residentBytes(pid) };
    const watching = watchSize(pid);
    const result = await download(file, { windowSize, clients }).finally(watching.end);
    const cpu = cpuMicroseconds(pid) - before.cpu;
    const bytes = clients * FILES[file];
    return {
      ...result,
      rate: bytes / result.seconds / 1e6,
      cpuPerBlock: cpu / (bytes / BLOCK),
      growth: Math.max(watching.most(), before.bytes) - before.bytes,
    };
  } finally {
    await daemon.stop();
  }
}

/** The most bytes that a process has had until `end`; one that is ended meanwhile has none. */
function watchSize(pid: number): { most(): number; end(): void } {
  let most = 0;
  const timer = setInterval(() => {
    try {
      most = Math.max(most, residentBytes(pid));
    } catch {
      clearInterval(timer); // whoever waits for its answers is told that it is gone
    }
  }, 50);
  return { most: () => most, end: () => clearInterval(timer) };
}

async function answers(probe: () => Promise<ClientResult>): Promise<void> {
  for (let tries = 0; tries < 10; tries++) if ((await probe()).failed === 0) return;
  throw new Error('the server does not answer');
}

/** Of a process and of its children that have ended (proc_pid_stat(5), fields 14 to 17). */
function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MICROSECONDS;
}
