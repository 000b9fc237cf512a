import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { RackhandError } from '../errors.ts';
import { Tail } from './tail.ts';

export interface RunOptions {
  cwd?: string;
  /** The whole environment of the child; PATH, HOME and LANG=C.UTF-8 are given when absent. */
  env?: Record<string, string>;
  /** What the program reads. A stream that fails ends the program, and its failure is that of the call. */
  input?: string | Uint8Array | AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
  /** Milliseconds until the process group is ended. */
  timeout?: number;
  /** Bytes of standard output, and of standard error, above which the process group is ended. */
  maxOutput?: number;
  /** Called with each line of standard output and standard error, for progress. */
  onLine?: (line: string) => void;
  /** Exit codes that are not a failure; [0] when absent. */
  okCodes?: number[];
  /** Why the tool is needed and how to get it, for the error when it is missing. */
  need?: string;
}

/** Why a program was ended. */
type Ended = 'timeout' | 'cancelled' | 'input' | 'output';

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program that runs for minutes would go on for nobody (prctl(2), PR_SET_PDEATHSIG). */
const TIED = ['setpriv', '--pdeathsig', 'KILL', '--'];
const GRACE_MS = 3000;
const CLOSE_MS = 500;

/**
 * Runs a program in a process group of its own and waits for it; abort, timeout and failure end the whole
 * group, so that no grandchild outlives the call; a kill of this process ends the program too. No shell is involved.
 * @throws RackhandError tool-missing | command-failed | command-timeout | command-output | cancelled
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('empty argument list');
  options.signal?.throwIfAborted();
  const env = childEnvironment(options.env);
  const path = findProgram(program, env.PATH!);
  if (path === undefined) return Promise.reject(missingTool(program, options.need));
  const child = spawn(TIED[0]!, [...TIED.slice(1), path, ...args], {
    cwd: options.cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const tail = new Tail(40);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let ended: Ended | undefined;
  let failure: unknown;

  const endGroup = (why: Ended) => {
    ended ??= why;
    killGroup(child.pid, 'SIGTERM');
    setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS).unref();
  };
  const onAbort = () => endGroup('cancelled');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = options.timeout ? setTimeout(() => endGroup('timeout'), options.timeout) : undefined;

  const onLine = (line: string) => {
    tail.push(line);
    options.onLine?.(line);
  };
  const lines = [readLines(child.stdout, out, onLine), readLines(child.stderr, err, onLine)];
  for (const stream of [child.stdout, child.stderr])
    endAbove(stream, options.maxOutput, () => endGroup('output'));
  child.stdin.on('error', () => undefined); // a child that never reads its input is not our failure
  feed(child.stdin, options.input, (cause) => {
    failure = cause;
    endGroup('input');
  });

  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (cause) => {
      finish();
      reject(missingTool(TIED[0]!, 'it is in util-linux', cause));
    });
    // "close" has all the output; after "exit" it is waited for only a moment, because a grandchild that
    // holds stdout must not keep the call open.
    let settled = false;
    child.on('exit', (code, signal) => {
      const settle = () => {
        if (settled) return;
        settled = true;
        clearTimeout(patience);
        finish();
        if (ended || signal) killGroup(child.pid, 'SIGKILL');
        for (const { end } of lines) end();
        const stderr = Buffer.concat(err).toString('utf8');
        const result = { code: code ?? -1, stdout: Buffer.concat(out).toString('utf8'), stderr };
        const shown = `${argv.join(' ').slice(0, 600)}\n${tail.text()}`;
        if (ended === 'input') {
          reject(failure);
        } else if (ended === 'cancelled') {
          reject(new RackhandError('cancelled', `cancelled: ${program}`, 'run the command again to go on'));
        } else if (ended === 'output') {
          const what = `wrote more than ${options.maxOutput} bytes: ${program}`;
          reject(new RackhandError('command-output', what, 'look at what it was given'));
        } else if (ended === 'timeout') {
          reject(
            new RackhandError('command-timeout', `took too long: ${shown}`, 'look at its last output above'),
          );
        } else if (!(options.okCodes ?? [0]).includes(result.code)) {
          const how = signal ? `ended by ${signal}` : `exit code ${code}`;
          reject(new RackhandError('command-failed', `${how}: ${shown}`, 'its last output above says why'));
        } else {
          resolve(result);
        }
      };
      const patience = setTimeout(settle, ended ? 0 : CLOSE_MS);
      child.on('close', settle);
    });
  });
}

/** @param failed hears of a stream that fails; a child that reads no further is no failure of it. */
function feed(stdin: Writable, input: RunOptions['input'], failed: (cause: unknown) => void): void {
  if (input === undefined || typeof input === 'string' || input instanceof Uint8Array) {
    stdin.end(input);
    return;
  }
  const told = async function* () {
    try {
      yield* input;
    } catch (cause) {
      failed(cause);
      throw cause;
    }
  };
  pipeline(told, stdin).catch(() => undefined);
}

/** Nothing more is kept of a program that writes without end. */
function endAbove(stream: Readable, most: number | undefined, end: () => void): void {
  if (most === undefined) return;
  let written = 0;
  stream.on('data', (chunk: Buffer) => {
    written += chunk.length;
    if (written <= most) return;
    stream.destroy();
    end();
  });
}

/** Bytes of a stream go to `sink`, its lines to `onLine`; `end` gives the last one when no newline follows it. */
function readLines(stream: Readable, sink: Buffer[], onLine: (line: string) => void): { end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    sink.push(chunk);
    const parts = (rest + decoder.write(chunk)).split(/\r?\n|\r/);
    rest = parts.pop() ?? '';
    for (const line of parts) onLine(line);
  });
  return {
    end: () => {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

/** Sends a signal to the process group that a child leads; a group that is gone is fine. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: already gone
  }
}

export function childEnvironment(given: Record<string, string> = {}): Record<string, string> {
  const path = process.env.PATH ?? '/usr/bin:/bin';
  const sbin = path.includes('/usr/sbin') ? path : `${path}:/usr/sbin:/sbin`;
  return { PATH: sbin, HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', ...given };
}

/** As execvp(3) would find it. */
function findProgram(program: string, path: string): string | undefined {
  const places = program.includes('/') ? [program] : path.split(':').map((folder) => join(folder, program));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missingTool(program: string, need: string | undefined, cause?: Error): RackhandError {
  const mend = need ?? 'bin/setup.sh installs every system package that Rackhand uses';
  const why = cause ? `: ${cause.message}` : ': there is no such program';
  return new RackhandError('tool-missing', `cannot start ${program}${why}`, mend, { cause });
}
