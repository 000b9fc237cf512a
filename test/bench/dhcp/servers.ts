import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { type Link, lineOf } from '../../pxe-server/net/namespaces.ts';
import { CLIENT, SERVER } from './plan.ts';

/** A DHCP server that the bench starts, with a folder for all that it keeps. */
export interface BenchServer {
  readonly name: string;
  version(): Promise<string>;
  /** Whether it looks for somebody at an address before it offers it, and how durable a lease is: for the output. */
  readonly probing: string;
  readonly durability: string;
  /** Writes what it starts with: configuration, and a database with the first `leases` planned leases. */
  prepare(folder: string, leases: number, link: Link): Promise<void>;
  /** With its standard error in a pipe. */
  start(folder: string, link: Link): Daemon;
}

export interface RunningServer {
  readonly pid: number;
  /** Seconds from the start of its process to its first answer. */
  readonly startSeconds: number;
  stop(): Promise<void>;
}

/** Longest wait for a first answer: a million leases take some servers a while. */
const ANSWERS_WITHIN_MS = 300_000;

/** Starts a server on what `prepare` wrote, and waits for its first OFFER. */
export async function startServer(server: BenchServer, folder: string, link: Link): Promise<RunningServer> {
  const program = join(import.meta.dirname, 'first-answer.ts');
  const asking = link.client.start([process.execPath, program, CLIENT, SERVER]);
  await lineOf(asking, (line) => line === 'listening');
  const answered = lineOf(asking, (line) => line === 'answered');
  const started = performance.now();
  const daemon = server.start(folder, link);
  let told = '';
  daemon.child.stderr?.on('data', (chunk: Buffer) => {
    told = (told + chunk.toString('utf8')).slice(-2000);
  });
  const ended = daemon.exited.then(({ code, signal }) => {
    throw new Error(`${server.name} ended with ${signal ?? `exit code ${code}`} before it answered: ${told}`);
  });
  const timeout = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  const late = new Promise<never>((_resolve, reject) =>
    timeout.addEventListener('abort', () => reject(new Error(`${server.name} does not answer: ${told}`))),
  );
  late.catch(() => undefined);
  ended.catch(() => undefined);
  try {
    await Promise.race([answered, ended, late]);
  } catch (error) {
    await daemon.stop();
    throw error;
  } finally {
    await asking.stop();
  }
  const startSeconds = (performance.now() - started) / 1000;
  return { pid: daemon.pid!, startSeconds, stop: () => daemon.stop(20_000) };
}

/** Runs something with a server on an empty database, or one filled with planned leases; its folder goes after. */
export async function withServer<Result>(
  server: BenchServer,
  { link, folder, leases = 0 }: { link: Link; folder: string; leases?: number },
  use: (running: RunningServer) => Promise<Result>,
): Promise<Result> {
  const prepared = join(folder, `${server.name}-${leases}`);
  const own = join(folder, server.name);
  if (!existsSync(prepared)) await server.prepare(prepared, leases, link);
  await cp(prepared, own, { recursive: true });
  await run(['sync']); // what is still to be written must not count as the server's
  const running = await startServer(server, own, link);
  try {
    return await use(running);
  } finally {
    await running.stop();
    await rm(own, { recursive: true, force: true });
  }
}
