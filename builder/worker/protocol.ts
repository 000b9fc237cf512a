import type { Manifest } from '../contract/manifest.ts';
import type { PlanReport } from '../report/plan.ts';
import type { LockFile } from '../root/lock-file.ts';
import type { ProgressEvent } from '../stopwatch.ts';

/** What a build is asked for; plain data, it crosses to the worker process. */
export interface BuildRequest {
  /** Path of the recipe. */
  recipe: string;
  /** Folder of finished images. */
  catalog: string;
  /** Folder for packages, metadata and stages. */
  cache: string;
  /** Values of `${name}` in repository URLs. */
  variables?: Record<string, string>;
  /** In-image agent; the one of this program when absent. */
  overlay?: string;
  /** Build even if the catalog has an image of the same inputs. */
  force?: boolean;
  /** Inventory of the machines that the image is for: path of the file. */
  fleet?: string;
  /** Stop after the plan of what would be removed; the catalog is not touched. */
  dryRun?: boolean;
  /** Say for each stage why it runs or not. */
  explainCache?: boolean;
  /** Build exactly what this lock says, without network: path of a lock file or of an image's build record. */
  locked?: string;
  /** A root that is there already, in place of packages: folder, archive, or OCI image layout. */
  fromRoot?: string;
  /** Key that signs the image: path of the file. Without one the image is unsigned. */
  key?: string;
  /** Resolve the packages and stop. */
  lockOnly?: boolean;
}

export type ToWorker = { type: 'build'; request: BuildRequest } | { type: 'cancel' } | { type: 'end' };

/** Beside what every worker tells. */
export type FromWorker =
  | { type: 'progress'; event: ProgressEvent }
  | { type: 'done'; manifest: Manifest }
  | { type: 'planned'; plan: PlanReport }
  | { type: 'locked'; lock: LockFile };
