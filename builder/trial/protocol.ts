import type { TrialMode, TrialRun } from '../contract/trial.ts';
import type { SignedLoaders } from './loaders.ts';

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

export type FromTrial =
  | { type: 'ready' }
  | { type: 'line'; text: string }
  | { type: 'run'; run: TrialRun }
  | { type: 'done' }
  | { type: 'failed'; code: string; message: string; mend: string }
  /** A defect of ours. */
  | { type: 'broken'; stack: string };
