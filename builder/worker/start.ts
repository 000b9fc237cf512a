import { join, resolve } from 'node:path';
import type { Manifest } from '../contract/manifest.ts';
import type { PlanReport } from '../report/plan.ts';
import type { LockFile } from '../root/lock-file.ts';
import { RackhandError } from '../shared/errors.ts';
import { tellWorker, work } from '../shared/process/worker.ts';
import type { Progress } from '../stopwatch.ts';
import { assertNamespaces, namespaceArguments } from './namespaces.ts';
import type { BuildRequest, FromWorker, ToWorker } from './protocol.ts';

export interface BuildOptions extends BuildRequest {
  signal?: AbortSignal;
  progress: Progress;
}

/** How long a cancelled build may take to clean up (milliseconds). */
const GRACE_MS = 20_000;

/**
 * Recipe → image in the catalog, made by a process with a mount namespace of its own: whatever ends the build, no
 * mount is left, and nothing but the cache and, if it was finished, the image.
 * @throws RackhandError with the stage's code; no-space and cancelled from any stage
 */
export async function build(options: Omit<BuildOptions, 'dryRun'>): Promise<Manifest> {
  const result = await built({ ...options, dryRun: false });
  if (result.type === 'done') return result.manifest;
  throw new Error('a build gave a plan');
}

/** What a build would remove: its stages up to the plan. Throws as `build` does, but not for a failed proof. */
export async function planBuild(options: Omit<BuildOptions, 'dryRun'>): Promise<PlanReport> {
  const result = await built({ ...options, dryRun: true });
  if (result.type === 'planned') return result.plan;
  throw new Error('a dry run gave an image');
}

/** Which packages a recipe comes to now. Throws as `build` does. */
export async function lockBuild(options: Omit<BuildOptions, 'dryRun' | 'lockOnly'>): Promise<LockFile> {
  const result = await built({ ...options, lockOnly: true });
  if (result.type === 'locked') return result.lock;
  throw new Error('a lock gave an image');
}

type Result = Exclude<FromWorker, { type: 'progress' }>;

async function built(options: BuildOptions): Promise<Result> {
  const { signal, progress, ...given } = options;
  if (signal?.aborted) throw cancelled();
  const request = {
    ...given,
    recipe: resolve(given.recipe),
    catalog: resolve(given.catalog),
    cache: resolve(given.cache),
    ...(given.fleet === undefined ? {} : { fleet: resolve(given.fleet) }),
    ...(given.key === undefined ? {} : { key: resolve(given.key) }),
    ...(given.locked === undefined ? {} : { locked: resolve(given.locked) }),
    ...(given.fromRoot === undefined ? {} : { fromRoot: resolve(given.fromRoot) }),
  };
  await assertNamespaces();
  const program = join(import.meta.dirname, 'main.ts');
  return work<FromWorker, Result>({
    argv: [...namespaceArguments(), process.execPath, '--disable-warning=ExperimentalWarning', program],
    env: settings(),
    order: { type: 'build', request } satisfies ToWorker,
    hear(news) {
      if (news.type !== 'progress') return news;
      progress(news.event);
      return undefined;
    },
    endedEarly(how) {
      const mend = 'run the command again; what is built is reused';
      return new RackhandError('build-ended', `the build's process ended with ${how}`, mend);
    },
    grace: GRACE_MS,
    end(worker) {
      tellWorker(worker, { type: 'end' } satisfies ToWorker);
      return worker.exited;
    },
    signal,
  });
}

export function cancelled(cause?: unknown): RackhandError {
  return new RackhandError(
    'cancelled',
    'the build was cancelled',
    'run the command again; the cache is kept',
    {
      cause,
    },
  );
}

/**
 * Ways to the network, and where this program's own settings may be; nothing else reaches the build. dnf takes a
 * proxy from these variables by itself, Node's clients only when they are told to (nodejs.org/api/cli.html).
 */
function settings(): Record<string, string> {
  const names =
    /^(https?_proxy|no_proxy|RACKHAND_.*|TMPDIR|SSL_CERT_FILE|NODE_(EXTRA_CA_CERTS|COMPILE_CACHE))$/i;
  const given = Object.entries(process.env).filter((entry): entry is [string, string] =>
    names.test(entry[0]),
  );
  // Where bin/rackhand has it: loading takes half the time with what Node has compiled before.
  const compiled = join(import.meta.dirname, '../../.cache/node');
  return { NODE_COMPILE_CACHE: compiled, ...Object.fromEntries(given), NODE_USE_ENV_PROXY: '1' };
}
