import { describe, expect, it } from 'vitest';
import { plainLines } from '../../../builder/commands/progress-lines.ts';
import { progressScreen } from '../../../builder/commands/progress-screen.ts';
import { duration, eventLine } from '../../../builder/commands/progress-text.ts';
import type { ProgressEvent } from '../../../builder/stopwatch.ts';

const MINUTE = 60_000;

/** Events of a stage whose elapsed times are in seconds; `usual` is what it takes and what follows it. */
function event(change: Partial<ProgressEvent> & { at?: number; usual?: [number, number] }): ProgressEvent {
  const { at = 0, usual, ...more } = change;
  const [stage, after] = (usual ?? []).map((seconds) => seconds * 1000);
  return {
    ...{ stage: 'root', message: 'downloading' },
    elapsed: { stage: at * 1000, build: at * 1000 + 500 },
    ...(usual ? { expected: { stage: stage!, after: after! } } : {}),
    ...more,
  };
}

const did = { milliseconds: 12_300, sizeBefore: 0, sizeAfter: 3 << 20, reused: false };

/** A clock in milliseconds that stands until it is set. */
function clock() {
  const watch = { at: 0, now: () => watch.at };
  return watch;
}

describe('lines of a log', () => {
  function log() {
    const watch = clock();
    const lines: string[] = [];
    const { progress, wait } = plainLines((line) => lines.push(line), watch.now);
    return { watch, lines, progress, wait };
  }

  it('say what begins and ends, and little of what passes between', () => {
    const { watch, lines, progress } = log();
    progress(event({ kind: 'begin' }));
    for (let second = 1; second <= 25; second++) {
      watch.at = second * 1000;
      progress(event({ kind: 'passing', message: `package ${second}`, at: second }));
    }
    progress(event({ kind: 'end', message: 'done in 12.3 s', did }));
    expect(lines).toEqual([
      '    0.0s root: downloading\n',
      '   10.0s root: package 10\n',
      '   20.0s root: package 20\n',
      '   25.0s root: done in 12.3 s, 0.0 MiB → 3.0 MiB\n',
    ]);
  });

  it('leave out no note, however soon it follows', () => {
    const { lines, progress } = log();
    progress(event({ stage: 'lock', message: 'resolving packages', kind: 'begin' }));
    progress(event({ stage: 'lock', message: 'WARNING: signatures of repository a are NOT CHECKED' }));
    progress(event({ stage: 'lock', message: 'cache: nothing it depends on has changed' }));
    expect(lines.map((line) => line.trim())).toEqual([
      '0.0s lock: resolving packages',
      '0.0s lock: WARNING: signatures of repository a are NOT CHECKED',
      '0.0s lock: cache: nothing it depends on has changed',
    ]);
  });

  it('say what is left at the end of a stage and while it is silent, and that it is late', () => {
    const { watch, lines, progress, wait } = log();
    progress(event({ kind: 'begin', usual: [50, 70] }));
    for (let second = 1; second <= 70; second++) {
      watch.at = second * 1000;
      wait();
    }
    progress(event({ kind: 'end', did: { ...did, reused: true }, at: 70, usual: [70, 70] }));
    watch.at += MINUTE;
    wait();
    watch.at += MINUTE;
    wait();
    expect(lines.map((line) => line.trim())).toEqual([
      '0.0s root: downloading',
      '30.0s root: 30 s of about 50 s, about 1 min 30 s left',
      '60.0s root: 1 min, 10 s longer than usual, then about 1 min 10 s',
      '70.0s root: done in 12.3 s, from the cache, 0.0 MiB → 3.0 MiB, about 1 min 10 s left',
      '130.0s after root: 1 min, about 10 s left',
      '190.0s after root: 2 min, 50 s longer than usual',
    ]);
  });

  it('claim nothing without an earlier build', () => {
    const { watch, lines, progress, wait } = log();
    wait();
    progress(event({}));
    watch.at = MINUTE;
    wait();
    expect(lines).toEqual(['    0.0s root: downloading\n', '   60.0s root: 1 min\n']);
  });
});

describe('a terminal', () => {
  function screen() {
    const watch = clock();
    return { watch, screen: progressScreen('lab', watch.now) };
  }

  it('counts down what is left, over what has ended and what runs', () => {
    const { watch, screen: shown } = screen();
    expect([shown.title(), shown.lines()]).toEqual(['lab', []]);
    shown.take(event({ stage: 'lock', kind: 'end', did, at: 12, usual: [12, 40], fraction: 0.2 }));
    expect([shown.title(), shown.lines()]).toEqual([
      'lab: lock 23%, about 40 s left',
      ['lock       12.3 s, 0.0 MiB → 3.0 MiB'],
    ]);
    shown.take(event({ kind: 'begin', usual: [30, 10], fraction: 0.25 }));
    watch.at = 20_000;
    expect([shown.title(), shown.lines().at(-1)]).toEqual([
      'lab: root 50%, about 20 s left',
      'root       20 s of about 30 s, downloading',
    ]);
    watch.at = 35_000;
    expect([shown.title(), shown.lines().at(-1)]).toEqual([
      'lab: root 78%, 5 s longer than usual, then about 10 s',
      'root       35 s, downloading',
    ]);
  });

  it('keeps the notes, and not more lines than it has', () => {
    const { screen: shown } = screen();
    for (let number = 0; number < 40; number++) shown.take(event({ message: `note ${number}` }));
    shown.take({ stage: 'catalog', message: 'image 0123', fraction: 1 });
    expect(shown.lines()).toHaveLength(16);
    expect(shown.lines().at(-1)).toBe('catalog    image 0123');
    expect([shown.title(), shown.notes().length]).toEqual(['lab: catalog 100%', 41]);
    expect(shown.notes()[0]).toBe('root: note 0');
  });
});

it.each([
  [0, '1 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [61_000, '1 min 1 s'],
  [3_600_000, '60 min'],
])('%d ms are %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

describe('an event as JSON', () => {
  it('has what is left, in milliseconds', () => {
    expect(JSON.parse(eventLine(event({ kind: 'begin', at: 12, usual: [30, 20] })))).toEqual({
      ...{ stage: 'root', message: 'downloading', kind: 'begin', elapsed: { stage: 12_000, build: 12_500 } },
      ...{ left: { stage: 18_000, build: 38_000 }, late: 0 },
    });
    expect(JSON.parse(eventLine(event({ at: 33, usual: [30, 20] })))).toMatchObject({
      ...{ left: { stage: 0, build: 20_000 }, late: 3000 },
    });
    expect(JSON.parse(eventLine(event({ kind: 'end', did, at: 33, usual: [33, 20] })))).toMatchObject({
      ...{ did, left: { stage: 0, build: 20_000 }, late: 0 },
    });
  });
  it('claims nothing without an earlier build', () => {
    expect(JSON.parse(eventLine({ stage: 'catalog', message: 'image 0123' }))).toEqual({
      ...{ stage: 'catalog', message: 'image 0123' },
    });
  });
});
