import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../shared/atomic.ts';
import { errno } from '../shared/errors.ts';
import { identity } from '../shared/ids.ts';
import { type Lock, sweepLocks, tryLock, waitForLock } from '../shared/lock.ts';
import { isPresent } from '../shared/present.ts';
import { run } from '../shared/process/run.ts';

/** Named inputs of a stage; their hash is its key. */
export type StageInputs = Record<string, unknown>;

export interface StageLookup {
  key: string;
  /** The stage's folder, when it is here. */
  folder: string | undefined;
  /** Why it has to run, or that it need not; for people. */
  reason: string;
}

/** Newest results of a stage that are kept. */
const KEPT: Record<string, number> = { lock: 12, root: 3, import: 2, initramfs: 6 };

/** Folders of the cache: results, and the locks of who uses them. */
export const STAGES = 'stages';
export const USERS = 'users';

/** What is being removed. */
export const GONE = '.gone-';

/**
 * Results of stages by the hash of their inputs: `stages/NAME-KEY/`. A result appears by one rename, is never
 * changed, and is not removed while a build that lives has it in use: that is a shared lock of `users/NAME-KEY`.
 */
export class Stages {
  readonly #cache: string;
  readonly #folder: string;
  readonly #users: string;
  readonly #used = new Map<string, Lock>();

  private constructor(cache: string) {
    this.#cache = cache;
    this.#folder = join(cache, STAGES);
    this.#users = join(cache, USERS);
  }

  /** Also removes what builds that were killed have left. */
  static async open(cache: string): Promise<Stages> {
    const stages = new Stages(cache);
    await mkdir(stages.#folder, { recursive: true });
    await mkdir(stages.#users, { recursive: true });
    await sweepLocks(stages.#users);
    for (const name of await readdir(stages.#folder))
      if (name.startsWith(GONE)) await rm(join(stages.#folder, name), { recursive: true, force: true });
    return stages;
  }

  async find(stage: string, inputs: StageInputs): Promise<StageLookup> {
    const key = identity(inputs);
    const name = `${stage}-${key.slice(0, 32)}`;
    await this.#use(name);
    const folder = join(this.#folder, name);
    if (await isPresent(folder)) {
      await utimes(folder, Date.now() / 1000, Date.now() / 1000);
      return { key, folder, reason: 'nothing it depends on has changed' };
    }
    return { key, folder: undefined, reason: await this.#difference(stage, inputs) };
  }

  /**
   * Takes a finished folder over. When another build was faster, its equal result stays.
   * @returns the stage's folder
   */
  async keep(stage: string, inputs: StageInputs, made: string): Promise<string> {
    const name = `${stage}-${identity(inputs).slice(0, 32)}`;
    const folder = join(this.#folder, name);
    await this.#use(name);
    await writeFile(join(made, 'inputs.json'), JSON.stringify(inputs));
    // One call for all files: what has the name of a result is whole, even after a loss of power.
    await run(['sync', '--file-system', made]);
    try {
      await rename(made, folder);
    } catch (error) {
      if (errno(error) !== 'ENOTEMPTY' && errno(error) !== 'EEXIST') throw error;
    }
    await syncDirectory(this.#folder);
    await this.#prune(stage);
    return folder;
  }

  /** Ends every use of this build. */
  async release(): Promise<void> {
    for (const lock of this.#used.values()) await lock.release();
    this.#used.clear();
  }

  async #use(name: string): Promise<void> {
    if (!this.#used.has(name)) this.#used.set(name, await waitForLock(join(this.#users, name), 'shared'));
  }

  /** What differs from the newest result of the same stage. */
  async #difference(stage: string, inputs: StageInputs): Promise<string> {
    const [newest] = await this.#newestFirst(stage);
    if (newest === undefined) return 'there is no earlier result';
    const before = await readInputs(join(this.#folder, newest));
    const names = [...new Set([...Object.keys(before), ...Object.keys(inputs)])];
    const changed = names.filter((name) => identity(before[name] ?? null) !== identity(inputs[name] ?? null));
    return `changed since the last time: ${changed.map((name) => told(name, before[name], inputs[name])).join('; ')}`;
  }

  async #newestFirst(stage: string): Promise<string[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith(`${stage}-`));
    const dated = await Promise.all(
      names.map(async (name) => ({ name, time: await timeOf(join(this.#folder, name)) })),
    );
    return dated.sort((a, b) => b.time - a.time).map(({ name }) => name);
  }

  async #prune(stage: string): Promise<void> {
    for (const name of (await this.#newestFirst(stage)).slice(KEPT[stage] ?? 3))
      await removeResult(this.#cache, name);
  }
}

/** @param name of its folder @returns false when a build has it in use */
export async function removeResult(cache: string, name: string): Promise<boolean> {
  // Out of sight by one rename: what is half removed is never taken for a result.
  const aside = join(cache, STAGES, `${GONE}${randomBytes(4).toString('hex')}`);
  await mkdir(join(cache, USERS), { recursive: true });
  const unused = await tryLock(join(cache, USERS, name), 'exclusive');
  if (!unused) return false;
  await rename(join(cache, STAGES, name), aside).catch(() => undefined);
  await unused.release();
  await rm(aside, { recursive: true, force: true });
  return true;
}

/** None when the file was damaged. */
async function readInputs(folder: string): Promise<StageInputs> {
  try {
    return JSON.parse(await readFile(join(folder, 'inputs.json'), 'utf8')) as StageInputs;
  } catch {
    return {};
  }
}

/** Milliseconds; the oldest of all when another build has just removed it. */
async function timeOf(folder: string): Promise<number> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** "packages (+2 -1: bash, zlib)" for lists, "name" for the rest. */
function told(name: string, before: unknown, after: unknown): string {
  if (!Array.isArray(before) || !Array.isArray(after)) return name;
  const [old, now] = [before, after].map((list: unknown[]) => new Set(list.map((item) => identity(item))));
  const added = after.filter((item) => !old!.has(identity(item)));
  const gone = before.filter((item) => !now!.has(identity(item)));
  const shown = [...added, ...gone]
    .slice(0, 3)
    .map((item) => (typeof item === 'string' ? item : nameOf(item)));
  return `${name} (+${added.length} -${gone.length}: ${shown.join(', ')})`;
}

function nameOf(item: unknown): string {
  const named = item as { name?: string; at?: string; path?: string };
  return named.name ?? named.at ?? named.path ?? JSON.stringify(item).slice(0, 40);
}
