import { join } from 'node:path';
import { type RunResult, run } from '../../../builder/shared/process/run.ts';

export const OVERLAY = join(import.meta.dirname, '../../../builder/overlay/root');
export const PROGRAMS = join(OVERLAY, 'usr/libexec/rackhand');
export const LIBRARY = join(PROGRAMS, 'lib');

/** What /bin/sh is: bash in POSIX mode on EL, dash on Debian. */
export const SHELLS: [name: string, argv: string[]][] = [
  ['bash', ['bash', '--posix']],
  ['dash', ['dash']],
];

/** Lines that load parts of the agent's library. */
export function load(...parts: string[]): string {
  return parts.map((part) => `. ${quoted(join(LIBRARY, `${part}.sh`))}\n`).join('');
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function runScript(argv: string[], script: string, env: Record<string, string>): Promise<RunResult> {
  return run([...argv, '-s'], { input: script, env, timeout: 60_000 });
}

export interface Outcome {
  /** Exit code. */
  code: number;
  stdout: string;
}

/**
 * Calls functions of the library, all of them in one shell: `prelude` loads the parts, each call is a function
 * and its arguments.
 */
export async function callEach(
  argv: string[],
  prelude: string,
  calls: string[][],
  env: Record<string, string> = {},
): Promise<Outcome[]> {
  const check = `check() { out=$("$@" 2>/dev/null); printf '%s\\t%s\\0' "$?" "$out"; }\n`;
  const lines = calls.map((call) => `check ${call.map(quoted).join(' ')}\n`).join('');
  const { stdout } = await runScript(argv, `set -u\n${prelude}${check}${lines}`, env);
  return stdout
    .split('\0')
    .slice(0, -1)
    .map((record) => {
      const tab = record.indexOf('\t');
      return { code: Number(record.slice(0, tab)), stdout: record.slice(tab + 1) };
    });
}
