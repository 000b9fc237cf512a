import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment, killGroup } from './run.ts';

export interface DaemonOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdio?: StdioOptions;
  /** Open descriptors handed down as 3, 4, … in this order. */
  descriptors?: number[];
}

export interface Daemon {
  readonly child: ChildProcess;
  readonly pid: number | undefined;
  /** Resolves with exit code and signal, once. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM to the process group, SIGKILL after the grace time (milliseconds). */
  stop(grace?: number): Promise<void>;
}

/** Starts a long-running program as leader of its own process group. */
export function startDaemon(argv: readonly string[], options: DaemonOptions = {}): Daemon {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('empty argument list');
  const base = options.stdio ?? ['ignore', 'inherit', 'inherit'];
  const stdio = (Array.isArray(base) ? [...base] : [base, base, base]) as StdioOptions & unknown[];
  for (const fd of options.descriptors ?? []) stdio.push(fd);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: childEnvironment(options.env),
    detached: true,
    stdio,
  });
  child.on('error', () => undefined); // shows as exited with code null
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  return {
    child,
    pid: child.pid,
    exited,
    async stop(grace = 5000) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      killGroup(child.pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), grace);
      await Promise.race([exited, once(child, 'exit')]);
      clearTimeout(timer);
      killGroup(child.pid, 'SIGKILL');
    },
  };
}
