import type { Progress, ProgressEvent } from '../stopwatch.ts';
import { didText, duration, leftSince, leftText, stageText } from './progress-text.ts';

/** Of what passes within a stage, a line for so long. */
const PASSING_MS = 10_000;
/** After so long without a line one says that the stage still runs. */
const SILENCE_MS = 30_000;

/**
 * "12.3s stage: message" for logs: what begins, ends, and has to be known, and now and then how far it is.
 * @param now milliseconds of a clock that never goes back
 */
export function plainLines(
  write: (line: string) => unknown,
  now: () => number,
): { progress: Progress; wait: () => void } {
  const started = now();
  let shown = started;
  let last: { event: ProgressEvent; at: number } | undefined;
  const line = (text: string) => {
    shown = now();
    write(`${((shown - started) / 1000).toFixed(1).padStart(7)}s ${text}\n`);
  };
  return {
    progress(event) {
      last = { event, at: now() };
      if (event.kind === 'passing' && now() - shown < PASSING_MS) return;
      line(`${event.stage}: ${textOf(event)}`);
    },
    wait() {
      if (last === undefined || now() - shown < SILENCE_MS) return;
      const { event, at } = last;
      const since = now() - at;
      const left = leftSince(event, since);
      const [where, text] = event.did
        ? [`after ${event.stage}`, duration(since)]
        : [event.stage, stageText(event, since)];
      line(`${where}: ${[text, ...(left ? [leftText(left)] : [])].join(', ')}`);
    },
  };
}

/** What is left stands where it is news: at the end of a stage, and while one takes long. */
function textOf(event: ProgressEvent): string {
  const { kind, message, did } = event;
  const left = kind === 'end' || kind === 'passing' ? leftSince(event, 0) : undefined;
  return [did ? `done in ${didText(did)}` : message, ...(left ? [leftText(left)] : [])].join(', ');
}
