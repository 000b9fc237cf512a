import { isDeepStrictEqual } from 'node:util';
import { underLock } from './cache/locks.ts';
import type { StageLookup, Stages } from './cache/stages.ts';
import type { Fork, Workplace } from './cache/workplace.ts';
import { dracutArguments } from './initramfs/arguments.ts';
import { makeInitramfs } from './initramfs/initramfs.ts';
import { initramfsRelevant } from './initramfs/inputs.ts';
import { type Inputs, lockEpoch } from './inputs.ts';
import { identity } from './shared/ids.ts';
import { initramfsModules } from './strip/initramfs-modules.ts';
import { keptModules, type PlannedStrip } from './strip/strip.ts';

/** An initramfs that is being made beside the stages that follow. */
export interface InitramfsJob {
  /** Paths of the modules that it may have. */
  modules: readonly string[];
  lookup: StageLookup;
  /** Folder of the stage. Rejects as makeInitramfs does. */
  made: Promise<string>;
  /** Ends it; nothing of it runs any more when this resolves. */
  end(): Promise<void>;
}

interface JobContext {
  inputs: Inputs;
  stages: Stages;
  place: Workplace;
  cache: string;
  signal: AbortSignal;
  /** For people: why it takes long. */
  say(message: string): void;
}

/** dracut keeps one processor busy, and nothing but the media waits for it: other stages go on beside it. */
export class InitramfsJobs {
  readonly #context: JobContext;
  #job: InitramfsJob | undefined;

  constructor(context: JobContext) {
    this.#context = context;
  }

  /** Begins in a fork of the configured root that nobody else writes to. */
  async ahead(fork: Fork, planned: PlannedStrip): Promise<void> {
    this.#job = await this.#start(planned, fork, async () => fork.root);
  }

  /** The one that was begun ahead, if its modules are those of this plan; else one of the root as it is now. */
  async begin(root: string, planned: PlannedStrip): Promise<InitramfsJob> {
    if (this.#job && isDeepStrictEqual(this.#job.modules, this.#modules(planned))) return this.#job;
    await this.end();
    const { place, signal } = this.#context;
    const changes = await place.changes();
    this.#job = await this.#start(planned, { root, changes }, async () => (await place.fork(signal)).root);
    return this.#job;
  }

  async end(): Promise<void> {
    await this.#job?.end();
  }

  #modules(planned: PlannedStrip): string[] {
    return initramfsModules(keptModules(planned), this.#context.inputs.loaded.initramfsRules);
  }

  /** @param alone gives a root that nobody else writes to */
  async #start(
    planned: PlannedStrip,
    { root, changes }: Fork,
    alone: () => Promise<string>,
  ): Promise<InitramfsJob> {
    const { inputs, stages } = this.#context;
    const modules = this.#modules(planned);
    const { kernel } = planned;
    const { arch, compression } = inputs.loaded.recipe;
    const depends = {
      root: identity(inputs.root),
      arguments: dracutArguments(compression.initramfs, kernel, '', arch),
      modules,
      configured: await initramfsRelevant(root, changes),
      builder: inputs.builder.initramfs,
    };
    const lookup = await stages.find('initramfs', depends);
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#context.signal, ending.signal]);
    const made = lookup.folder
      ? Promise.resolve(lookup.folder)
      : make(await alone(), { ...this.#context, signal }, kernel, modules, depends);
    // Who waits for it hears of a failure; until then it is nobody's.
    made.catch(() => undefined);
    return {
      ...{ modules, lookup, made },
      async end() {
        ending.abort();
        await made.catch(() => undefined);
      },
    };
  }
}

async function make(
  root: string,
  { inputs, stages, place, cache, signal, say }: JobContext,
  kernel: string,
  modules: readonly string[],
  depends: Record<string, unknown>,
): Promise<string> {
  const lock = `initramfs-${identity(depends).slice(0, 16)}`;
  return underLock(cache, lock, say, signal, async () => {
    const found = await stages.find('initramfs', depends);
    if (found.folder) return found.folder;
    const [output, scratch] = [await place.make('initramfs'), await place.make('dracut')];
    const { recipe } = inputs.loaded;
    const epoch = lockEpoch(inputs.lock);
    await makeInitramfs({ root, recipe, kernel, modules, output, scratch, epoch, signal });
    return stages.keep('initramfs', depends, output);
  });
}
