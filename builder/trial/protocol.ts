import type { TrialMode, TrialRun } from '../contract/trial.ts';
import type { SignedLoaders } from '../shared/loader-places.ts';

/** What crosses to the process that has the machines. */
export interface TrialRequest {
  /** Catalog that the image lies in, and its id. */
  catalog: string;
  image: string;
  modes: TrialMode[];
  /** Empty; logs, screens and copies of media go there. */
  folder: string;
  /** MiB of each machine. */
  memory: number;
  /** Seconds that one start may take; absent: by the accelerator. */
  limit?: number;
  loaders?: SignedLoaders;
}

export type ToTrial = { type: 'try'; request: TrialRequest } | { type: 'cancel' };

/** Beside what every worker tells. */
export type FromTrial = { type: 'line'; text: string } | { type: 'run'; run: TrialRun } | { type: 'done' };
