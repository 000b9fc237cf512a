import { doneFraction, type Remaining, remainingTime } from '../estimate.ts';
import { size } from '../report/text.ts';
import type { Did, ProgressEvent } from '../stopwatch.ts';

/** What people and programs are told of a build's progress: pure. Times are milliseconds. */

/** What is left some time after an event; undefined when no earlier build tells. */
export function leftSince({ elapsed, expected, did }: ProgressEvent, since: number): Remaining | undefined {
  if (elapsed === undefined || expected === undefined) return undefined;
  // After its end the stage's time is none of what is left: that is all of those after it.
  if (did) return remainingTime({ stage: since, build: 0 }, { stage: expected.after, after: 0 });
  return remainingTime({ stage: elapsed.stage + since, build: 0 }, expected);
}

/** How much of the build is done some time after an event: never less than at the event. */
export function fractionSince(event: ProgressEvent, since: number): number | undefined {
  const left = leftSince(event, since);
  if (event.fraction === undefined || left === undefined) return event.fraction;
  return Math.max(event.fraction, doneFraction(event.elapsed!.build + since, left));
}

/** "about 35 s left", "4 s longer than usual, then about 12 s". */
export function leftText({ build, late }: Remaining): string {
  if (late < 1000) return `about ${duration(build)} left`;
  const over = `${duration(late)} longer than usual`;
  return build < 1000 ? over : `${over}, then about ${duration(build)}`;
}

/** "12 s", or "12 s of about 26 s" while that is not over. */
export function stageText(event: ProgressEvent, since: number): string {
  const spent = duration((event.elapsed?.stage ?? 0) + since, 0);
  const left = leftSince(event, since);
  return left === undefined || left.late > 0 ? spent : `${spent} of about ${duration(event.expected!.stage)}`;
}

/** "12.3 s, 0.0 MiB → 1.2 MiB", "0.1 s, from the cache". */
export function didText({ milliseconds, sizeBefore, sizeAfter, reused }: Did): string {
  const sizes = sizeBefore + sizeAfter > 0 ? [`${size(sizeBefore)} → ${size(sizeAfter)}`] : [];
  const from = reused ? ['from the cache'] : [];
  return [`${(milliseconds / 1000).toFixed(1)} s`, ...from, ...sizes].join(', ');
}

/** "1 s", "59 s", "1 min 5 s": whole seconds, and one at least, since nothing takes none. */
export function duration(milliseconds: number, least = 1): string {
  const seconds = Math.max(least, Math.round(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** One event as one line of JSON: as it is, with what is left in place of what was expected. */
export function eventLine(event: ProgressEvent): string {
  const { expected: _, ...told } = event;
  const left = leftSince(event, 0);
  if (left === undefined) return `${JSON.stringify(told)}\n`;
  const { stage, build, late } = left;
  return `${JSON.stringify({ ...told, left: { stage: event.did ? 0 : stage, build }, late })}\n`;
}
