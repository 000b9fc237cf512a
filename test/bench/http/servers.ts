import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Daemon, type DaemonOptions, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { lineOf } from '../../pxe-server/net/namespaces.ts';
import { cpuSeconds } from '../dhcp/process-stat.ts';
import { FILE, IMAGE } from './plan.ts';

export interface HttpServer {
  readonly name: string;
  readonly port: number;
  /** Where it has the large file. */
  readonly path: string;
  version(): Promise<string>;
  /** On these cores alone where they are named, "0" for the first. */
  start(folder: string, cores?: string): Promise<Daemon>;
}

const NEED = 'sh bin/setup.sh bench installs what the benches compare with';

export const nginx: HttpServer = {
  name: 'nginx',
  port: 18180,
  path: `/${FILE}`,
  // It tells its version on standard error.
  version: async () =>
    (await run(['nginx', '-v'], { need: NEED })).stderr.trim().replace('nginx version: ', ''),
  async start(folder, cores) {
    const path = join(folder, 'nginx.conf');
    await writeFile(
      path,
      nginxConfiguration(folder, this.port, cores === undefined ? availableParallelism() : 1),
    );
    const daemon = begin([...pinned(cores), 'nginx', '-c', path, '-p', folder]);
    await answers(this.port);
    return daemon;
  },
};

export const rackhand: HttpServer = {
  name: 'rackhand',
  port: 18181,
  path: `/images/${IMAGE}/${FILE}`,
  version: async () => 'this tree',
  start(folder, cores) {
    return ready([...pinned(cores), ...program(this.port, folder)]);
  },
};

/** As rackhand, with every byte read and written by Node: what sendfile(2) is worth. */
export const streams: HttpServer = {
  ...rackhand,
  name: 'rackhand, streams',
  port: 18182,
  start(folder, cores) {
    return ready([...pinned(cores), ...program(this.port, folder)], { RACKHAND_BENCH_STREAM: '1' });
  },
};

function program(port: number, folder: string): string[] {
  return [
    process.execPath,
    join(import.meta.dirname, 'service-program.ts'),
    String(port),
    join(folder, FILE),
  ];
}

function pinned(cores: string | undefined): string[] {
  return cores === undefined ? [] : ['taskset', '--cpu-list', cores];
}

/** sendfile and a worker for each core, as its documentation advises for large files. */
function nginxConfiguration(folder: string, port: number, workers: number): string {
  return `worker_processes ${workers};
daemon off;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port} reuseport;
    root ${folder};
    location /boot/ { default_type text/plain; return 200 "${'#'.repeat(400)}"; }
  }
}
`;
}

async function ready(argv: string[], env: Record<string, string> = {}): Promise<Daemon> {
  const daemon = begin(argv, { stdio: ['ignore', 'pipe', 'inherit'], env });
  await lineOf(daemon, (line) => line === 'ready');
  return daemon;
}

async function answers(port: number): Promise<void> {
  for (let i = 0; ; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/boot/`, { signal: AbortSignal.timeout(1000) }).catch(
      (error: unknown) => {
        if (i === 100) throw error;
      },
    );
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const started = new Set<Daemon>();

function begin(argv: readonly string[], options?: DaemonOptions): Daemon {
  const daemon = startDaemon(argv, options);
  started.add(daemon);
  void daemon.exited.then(() => started.delete(daemon));
  return daemon;
}

/** Of a bench that ends before its time. */
export async function stopServers(): Promise<void> {
  await Promise.all([...started].map((daemon) => daemon.stop()));
}

/** CPU seconds so far, and most bytes that were ever resident, of a server with its workers. */
export function usage(pid: number): { cpu: number; peak: number } {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const pids = [pid, ...children.split(' ').filter(Boolean).map(Number)];
  const peak = (one: number) =>
    Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'))![1]) * 1024;
  return { cpu: sum(pids.map(cpuSeconds)), peak: sum(pids.map(peak)) };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
