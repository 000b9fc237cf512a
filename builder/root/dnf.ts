import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RackhandError } from '../shared/errors.ts';
import { childEnvironment, type RunResult, run } from '../shared/process/run.ts';
import { hostSandbox } from '../shared/process/sandbox.ts';
import { type DnfPaths, installedArguments, ownersArguments } from './arguments.ts';
import { dnfFault } from './parse.ts';

export interface DnfOptions {
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
  /** --assumeno ends with code 1 and "Operation aborted.": that is its success. */
  assumeNo?: boolean;
  /** localSources of the recipe. */
  sources: string[];
  /** Only resolving and downloading have it. */
  network: boolean;
  /** Names near to a name that no repository has. */
  near?: () => Promise<(name: string) => string[]>;
}

const NEED = 'dnf resolves and installs the packages of the image; bin/setup.sh installs it';

/** Runs dnf; its complaints become errors that name the package or repository. */
export async function dnf(argv: string[], paths: DnfPaths, options: DnfOptions): Promise<RunResult> {
  const output: string[] = [];
  const { home, temporary, cache, root } = paths;
  const { sources: readable, network } = options;
  const command = hostSandbox(argv, { root, writable: [home, cache], readable, home, temporary, network });
  try {
    return await run(command, {
      env: { HOME: paths.home, ...proxies() },
      need: NEED,
      onLine: (line) => {
        output.push(line);
        options.onLine?.(line);
      },
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (error instanceof RackhandError && error.code === 'command-failed') {
      const text = output.join('\n');
      if (options.assumeNo && /^Operation aborted\.$/m.test(text))
        return { code: 1, stdout: text, stderr: '' };
      if (/No space left on device|more space on the|Disk Requirements/i.test(text)) throw error;
      const near = /No match for argument/.test(text) ? await options.near?.() : undefined;
      throw dnfFault(text, near ?? (() => [])) ?? error;
    }
    throw error;
  }
}

/** Tells one release of dnf from another without starting it, which takes half a second. */
export async function dnfIdentity(): Promise<string> {
  for (const folder of childEnvironment().PATH!.split(':')) {
    const found = await stat(join(folder, 'dnf')).catch(() => undefined);
    if (found) return `${found.size} ${found.mtimeMs}`;
  }
  return 'none';
}

/** Reads the root's package database. */
export async function rpm(
  kind: 'installed' | 'owners',
  paths: DnfPaths,
  signal?: AbortSignal,
): Promise<string> {
  const argv = kind === 'installed' ? installedArguments(paths.root) : ownersArguments(paths.root);
  return inRoot(argv, paths, signal);
}

/** A program of rpm's on the root, without network; its output. */
export async function inRoot(argv: string[], paths: DnfPaths, signal?: AbortSignal): Promise<string> {
  const { root, home, temporary } = paths;
  const sandboxed = hostSandbox(argv, { root, writable: [home], home, temporary });
  return (await run(sandboxed, { ...(signal ? { signal } : {}) })).stdout;
}

function proxies(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
