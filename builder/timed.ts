import { keepHistory, readHistory } from './cache/history.ts';
import { type Progress, type Stage, type Stopwatch, startStopwatch } from './stopwatch.ts';

/**
 * Runs a build with a stopwatch that knows how long earlier ones of its name took, and keeps for later ones how long
 * this one did, when it came to its last stage: what ends before makes nothing.
 */
export async function timed<T>(
  { cache, signal, progress }: { cache: string; signal: AbortSignal; progress: Progress },
  name: string,
  last: Stage,
  work: (watch: Stopwatch) => Promise<T>,
): Promise<T> {
  const history = await readHistory(cache, `${last} ${name}`);
  const watch = startStopwatch(progress, history.builds);
  const made = await work(watch);
  // What cannot be kept costs others an estimate, and this build nothing.
  if (watch.records.at(-1)?.stage === last)
    await keepHistory(cache, history.name, watch.finish(), signal).catch(() => undefined);
  return made;
}
