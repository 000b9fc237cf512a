import type { ProgressEvent } from '../stopwatch.ts';
import { didText, fractionSince, leftSince, leftText, stageText } from './progress-text.ts';

/** Lines below the first: less than the lowest terminals have. */
const LINES = 16;

export interface ProgressScreen {
  take(event: ProgressEvent): void;
  /** "RECIPE: initramfs 46%, about 35 s left" */
  title(): string;
  /** What has ended and was noted, oldest first, and what runs now. */
  lines(): string[];
  /** What stays when all is done: the times stand in the summary. */
  notes(): string[];
}

/**
 * What a terminal shows of a build at any moment.
 * @param now milliseconds of a clock that never goes back
 */
export function progressScreen(name: string, now: () => number): ProgressScreen {
  const past: string[] = [];
  const notes: string[] = [];
  let last: { event: ProgressEvent; at: number } | undefined;
  return {
    take(event) {
      last = { event, at: now() };
      const { stage, kind, did, message } = event;
      if (did) past.push(row(stage, didText(did)));
      else if (kind === undefined) {
        notes.push(`${stage}: ${message}`);
        past.push(row(stage, message));
      }
    },
    title() {
      if (last === undefined) return name;
      const { event, at } = last;
      const since = now() - at;
      const left = leftSince(event, since);
      const fraction = fractionSince(event, since);
      const percent = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)}%`;
      return `${name}: ${event.stage}${percent}${left ? `, ${leftText(left)}` : ''}`;
    },
    lines() {
      const idle = last === undefined || last.event.did || last.event.elapsed === undefined;
      const running = idle ? [] : [runs(last!.event, now() - last!.at)];
      return [...past, ...running].slice(-LINES);
    },
    notes: () => notes,
  };
}

function runs(event: ProgressEvent, since: number): string {
  const text = event.kind === undefined ? '' : `, ${event.message}`;
  return row(event.stage, `${stageText(event, since)}${text}`);
}

function row(stage: string, text: string): string {
  return `${stage.padEnd(9)}  ${text}`;
}
