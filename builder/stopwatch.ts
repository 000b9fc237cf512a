import type { StageRecord } from './contract/provenance.ts';
import {
  doneFraction,
  type Elapsed,
  type Expected,
  expectedTime,
  type PastBuild,
  type PastStage,
  remainingTime,
} from './estimate.ts';

export interface ProgressEvent {
  stage: string;
  message: string;
  /** A note when absent. What passes is of the moment, such as the package that dnf installs now. */
  kind?: 'begin' | 'passing' | 'end';
  /** Of the whole build, 0 to 1. */
  fraction?: number;
  elapsed?: Elapsed;
  /** Absent until an earlier build tells. */
  expected?: Expected;
  /** What the stage did, at its end. */
  did?: Did;
}
export type Progress = (event: ProgressEvent) => void;

export type Did = Omit<StageRecord, 'stage'> & Pick<PastStage, 'reused'>;

/** Tells of a stage: a note, or what passes in a moment. */
export type Say = (message: string, kind?: 'passing') => void;

export interface Stopwatch {
  readonly records: StageRecord[];
  /** Runs one stage: `say` for progress within it, `size` for bytes before and after. */
  stage<T>(
    stage: Stage,
    title: string,
    work: (say: Say, size: (before: number, after: number) => void) => Promise<T>,
  ): Promise<T>;
  /** Whether the stage that runs takes its result from the cache: tells how long it and the rest will take. */
  reuses(reused: boolean): void;
  /** What the estimates of later builds are made of. */
  finish(): PastBuild;
}

/** Hundredths of the time of a build with an empty cache, in the order of the stages. */
const SHARES = {
  lock: 2,
  // In place of lock and root.
  import: 0,
  root: 43,
  configure: 1,
  policy: 8,
  plan: 2,
  strip: 1,
  labels: 3,
  image: 12,
  // What is left of it: it begins beside the stages before.
  initramfs: 26,
  media: 2,
};
export type Stage = keyof typeof SHARES;

/** Those that ask the cache before anything else. */
const ASKING: ReadonlySet<Stage> = new Set<Stage>(['lock', 'import', 'root', 'policy', 'initramfs']);

/** How far a build is when a stage begins, 0 to 1. */
function begins(stage: Stage): number {
  const stages = Object.keys(SHARES) as Stage[];
  return stages.slice(0, stages.indexOf(stage)).reduce((sum, before) => sum + SHARES[before], 0) / 100;
}

interface Running {
  stage: Stage;
  started: number;
  reused: boolean | undefined;
  message: string;
}

/**
 * @param past earlier builds for the same end, newest first
 * @param now milliseconds of a clock that never goes back
 */
export function startStopwatch(
  progress: Progress,
  past: readonly PastBuild[] = [],
  now: () => number = () => performance.now(),
): Stopwatch {
  const records: StageRecord[] = [];
  const done: PastStage[] = [];
  const began = now();
  let ended = began;
  let furthest = 0;
  let running: Running | undefined;

  const tell = (at: Running, message: string, more: Pick<ProgressEvent, 'kind' | 'did'> = {}) => {
    at.message = message;
    const elapsed = { stage: Math.round(now() - at.started), build: Math.round(now() - began) };
    const usual = expectedTime(past, { done, stage: at.stage, reused: at.reused });
    // A stage that has ended took what it took.
    const expected = usual && more.did ? { ...usual, stage: elapsed.stage } : usual;
    // Where earlier builds tell it at all, it waits for what they tell: a share of the table would be a leap.
    const fraction = expected ? doneFraction(elapsed.build, remainingTime(elapsed, expected)) : undefined;
    furthest = Math.max(furthest, fraction ?? (past.length > 0 ? 0 : begins(at.stage)));
    const told = { stage: at.stage, message, fraction: furthest, elapsed };
    progress({ ...told, ...(expected ? { expected } : {}), ...more });
  };

  return {
    records,
    async stage(stage, title, work) {
      const reused = ASKING.has(stage) ? undefined : false;
      const one: Running = { stage, started: now(), reused, message: title };
      running = one;
      const record = { stage, milliseconds: 0, sizeBefore: 0, sizeAfter: 0 };
      tell(one, title, { kind: 'begin' });
      const result = await work(
        (message, kind) => tell(one, message, kind ? { kind } : {}),
        (before, after) => Object.assign(record, { sizeBefore: before, sizeAfter: after }),
      );
      ended = now();
      record.milliseconds = Math.round(ended - one.started);
      records.push(record);
      const { milliseconds, sizeBefore, sizeAfter } = record;
      const did = { milliseconds, sizeBefore, sizeAfter, reused: one.reused ?? false };
      tell(one, `done in ${(milliseconds / 1000).toFixed(1)} s`, { kind: 'end', did });
      done.push({ stage, milliseconds, reused: did.reused });
      running = undefined;
      return result;
    },
    reuses(reused) {
      if (running === undefined) return;
      running.reused = reused;
      // News only where earlier builds tell what that means.
      if (past.length > 0) tell(running, running.message, { kind: 'passing' });
    },
    finish: () => [...done, { stage: 'end', reused: false, milliseconds: Math.round(now() - ended) }],
  };
}
