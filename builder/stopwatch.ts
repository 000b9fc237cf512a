import type { StageRecord } from './contract/provenance.ts';

export interface ProgressEvent {
  stage: string;
  message: string;
  /** Of the whole build, 0 to 1. */
  fraction?: number;
}
export type Progress = (event: ProgressEvent) => void;

export interface Stopwatch {
  readonly records: StageRecord[];
  /** Runs one stage: `say` for progress within it, `size` for bytes before and after. */
  stage<T>(
    stage: Stage,
    title: string,
    work: (say: (message: string) => void, size: (before: number, after: number) => void) => Promise<T>,
  ): Promise<T>;
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
  initramfs: 26,
  strip: 1,
  labels: 3,
  image: 12,
  media: 2,
};
export type Stage = keyof typeof SHARES;

/** How far a build is when a stage begins, 0 to 1. */
function begins(stage: Stage): number {
  const stages = Object.keys(SHARES) as Stage[];
  return stages.slice(0, stages.indexOf(stage)).reduce((sum, before) => sum + SHARES[before], 0) / 100;
}

export function startStopwatch(progress: Progress): Stopwatch {
  const records: StageRecord[] = [];
  return {
    records,
    async stage(stage, title, work) {
      const fraction = begins(stage);
      const say = (message: string) => progress({ stage, message, fraction });
      const record = { stage, milliseconds: 0, sizeBefore: 0, sizeAfter: 0 };
      const started = performance.now();
      say(title);
      const result = await work(say, (before, after) => {
        record.sizeBefore = before;
        record.sizeAfter = after;
      });
      record.milliseconds = Math.round(performance.now() - started);
      records.push(record);
      say(`done in ${(record.milliseconds / 1000).toFixed(1)} s`);
      return result;
    },
  };
}
