import type { StageRecord } from './contract/manifest.ts';

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
    name: string,
    title: string,
    work: (say: (message: string) => void, size: (before: number, after: number) => void) => Promise<T>,
  ): Promise<T>;
}

/** How far a build is when a stage begins: shares of the time of a build with an empty cache. */
const BEGINS: Record<string, number> = {
  ...{ lock: 0, root: 0.05, configure: 0.5, strip: 0.55, initramfs: 0.6, image: 0.8, media: 0.95 },
};

export function startStopwatch(progress: Progress): Stopwatch {
  const records: StageRecord[] = [];
  return {
    records,
    async stage(stage, title, work) {
      const fraction = BEGINS[stage] ?? 0;
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
