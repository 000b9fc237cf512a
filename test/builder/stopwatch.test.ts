import { describe, expect, it } from 'vitest';
import type { PastBuild } from '../../builder/estimate.ts';
import { type ProgressEvent, type Stage, startStopwatch } from '../../builder/stopwatch.ts';

/** As build.ts runs them. */
const STAGES: Stage[] = [
  ...(['lock', 'root', 'configure', 'policy', 'plan'] satisfies Stage[]),
  ...(['strip', 'labels', 'image', 'initramfs', 'media'] satisfies Stage[]),
];

/** A clock that stands until it is moved. */
function clock() {
  let at = 5000;
  const pass = (milliseconds: number) => {
    at += milliseconds;
  };
  return { now: () => at, pass };
}

/** Stages of ten seconds each; those of `reused` of a tenth, from the cache. */
async function told(stages: Stage[], past: PastBuild[] = [], reused: Stage[] = []) {
  const events: ProgressEvent[] = [];
  const { now, pass } = clock();
  const watch = startStopwatch((event) => void events.push(event), past, now);
  for (const stage of stages)
    await watch.stage(stage, stage, async (say, size) => {
      if (['lock', 'import', 'root', 'policy', 'initramfs'].includes(stage))
        watch.reuses(reused.includes(stage));
      pass(reused.includes(stage) ? 100 : 10_000);
      size(1, 2);
      say('half');
    });
  pass(2000);
  return { events, watch, build: watch.finish() };
}

describe.each([
  ['packages', STAGES],
  ['a root that is there', ['import', ...STAGES.slice(2)]],
] as [string, Stage[]][])('a build of %s', (_, stages) => {
  it('never goes back, and each stage has its share', async () => {
    const { events, watch } = await told(stages);
    expect(watch.records.map(({ stage }) => stage)).toEqual(stages);
    const fractions = events.map(({ fraction }) => fraction!);
    expect(fractions[0]).toBeLessThan(0.1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(new Set(fractions).size).toBe(stages.length);
    expect(fractions.at(-1)).toBeLessThan(1);
  });
  it('never goes back either when an earlier one tells its share, whichever way it goes', async () => {
    const { build } = await told(stages);
    for (const reused of [[], ['root', 'initramfs'], stages.slice(0, 1)] as Stage[][]) {
      const fractions = (await told(stages, [build], reused)).events.map(({ fraction }) => fraction!);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBeGreaterThan(0.9);
      expect(fractions.at(-1)).toBeLessThan(1);
    }
  });
});

it('a stage tells its beginning, its notes, and at its end what it did', async () => {
  const { events } = await told(['lock', 'plan'], [], ['lock']);
  const at = (build: number, stage = build) => ({ elapsed: { stage, build } });
  const did = { milliseconds: 100, sizeBefore: 1, sizeAfter: 2, reused: true };
  expect(events.map(({ fraction: _, ...rest }) => rest)).toEqual([
    { stage: 'lock', message: 'lock', kind: 'begin', ...at(0) },
    { stage: 'lock', message: 'half', ...at(100) },
    { stage: 'lock', message: 'done in 0.1 s', kind: 'end', did, ...at(100) },
    { stage: 'plan', message: 'plan', kind: 'begin', ...at(100, 0) },
    { stage: 'plan', message: 'half', ...at(10_100, 10_000) },
    {
      ...{ stage: 'plan', message: 'done in 10.0 s', kind: 'end', ...at(10_100, 10_000) },
      did: { ...did, milliseconds: 10_000, reused: false },
    },
  ]);
});

it('an earlier build tells what a stage takes once the cache was asked, and its end what is left', async () => {
  const past: PastBuild = [
    { stage: 'lock', reused: false, milliseconds: 4000 },
    { stage: 'plan', reused: false, milliseconds: 7000 },
    { stage: 'end', reused: false, milliseconds: 1000 },
  ];
  const { events, build } = await told(['lock', 'plan'], [past]);
  expect(events.map(({ expected }) => expected)).toEqual([
    undefined,
    ...[4000, 4000, 10_000].map((stage) => ({ stage, after: 8000 })),
    ...[7000, 7000, 10_000].map((stage) => ({ stage, after: 1000 })),
  ]);
  expect(build).toEqual([
    { stage: 'lock', reused: false, milliseconds: 10_000 },
    { stage: 'plan', reused: false, milliseconds: 10_000 },
    { stage: 'end', reused: false, milliseconds: 2000 },
  ]);
});
