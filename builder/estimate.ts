/** How long a build still takes, by what earlier ones took: pure. All times are milliseconds. */

/** A stage as it was in a build. */
export interface PastStage {
  stage: string;
  /** Its result came from the cache. */
  reused: boolean;
  milliseconds: number;
}

/** The stages of one build in order, and last what came after them. */
export type PastBuild = readonly PastStage[];

/** The stage that runs, and those before it. */
export interface Course {
  done: readonly PastStage[];
  stage: string;
  /** Undefined until the cache was asked. */
  reused: boolean | undefined;
}

/** What the stage usually takes in all, and what all that follow it take together. */
export interface Expected {
  stage: number;
  after: number;
}

/** What stage and build have taken so far. */
export interface Elapsed {
  stage: number;
  build: number;
}

export interface Remaining {
  stage: number;
  /** At least, when the stage is late. */
  build: number;
  /** By how much the stage has taken longer than usual so far; then nobody knows how long it still takes. */
  late: number;
}

/** Of so many of the newest times the middle one counts: one slow build misleads no other. */
const SAMPLES = 5;

/**
 * By the earlier build that went most like this one so far, and the newest of such. Undefined when none tells: there
 * was none, none had this stage in the same way, or the cache was not asked yet which way it is.
 */
export function expectedTime(past: readonly PastBuild[], course: Course): Expected | undefined {
  const model = mostAlike(past, course);
  if (model === undefined) return undefined;
  const from = model.findIndex(({ stage }) => stage === course.stage);
  const [stage, ...after] = model.slice(from).map((one) => usualTime(past, one));
  return { stage: stage!, after: after.reduce((sum, time) => sum + time, 0) };
}

/** Never below zero: what has run out says so by `late`. */
export function remainingTime(elapsed: Elapsed, expected: Expected): Remaining {
  const ahead = expected.stage - elapsed.stage;
  const stage = Math.max(0, ahead);
  return { stage, build: stage + expected.after, late: Math.max(0, -ahead) };
}

/** How much of a build is done, 0 to 1. The last hundredth is the image's: it is not done until it is in the catalog. */
export function doneFraction(elapsed: number, { build }: Remaining): number {
  return Math.min(0.99, elapsed / Math.max(1, elapsed + build));
}

/** Of the newest first, so that the first of the best is the newest. */
function mostAlike(past: readonly PastBuild[], { done, stage, reused }: Course): PastBuild | undefined {
  if (reused === undefined) return undefined;
  let best: PastBuild | undefined;
  let alike = -1;
  for (const build of past.filter((one) => had(one, { stage, reused }))) {
    const same = done.filter((one) => had(build, one)).length;
    if (same > alike) [best, alike] = [build, same];
  }
  return best;
}

function usualTime(past: readonly PastBuild[], wanted: PastStage): number {
  const times = past.flatMap((build) => build.filter((one) => isSame(one, wanted)));
  const newest = times.slice(0, SAMPLES).map(({ milliseconds }) => milliseconds);
  return newest.sort((a, b) => a - b)[Math.floor(newest.length / 2)]!;
}

type Way = Pick<PastStage, 'stage' | 'reused'>;

function had(build: PastBuild, wanted: Way): boolean {
  return build.some((one) => isSame(one, wanted));
}

function isSame(one: Way, other: Way): boolean {
  return one.stage === other.stage && one.reused === other.reused;
}
