import { expect, it } from 'vitest';
import { type ProgressEvent, type Stage, startStopwatch } from '../../builder/stopwatch.ts';

/** As build.ts runs them. */
const STAGES: Stage[] = [
  ...(['lock', 'root', 'configure', 'policy', 'plan'] satisfies Stage[]),
  ...(['initramfs', 'strip', 'labels', 'image', 'media'] satisfies Stage[]),
];

async function fractions(stages: Stage[]): Promise<number[]> {
  const events: ProgressEvent[] = [];
  const watch = startStopwatch((event) => events.push(event));
  for (const stage of stages) await watch.stage(stage, stage, async (say) => say('half'));
  expect(watch.records.map(({ stage }) => stage)).toEqual(stages);
  return events.map(({ fraction }) => fraction!);
}

it.each([
  ['packages', STAGES],
  ['a root that is there', ['import', ...STAGES.slice(2)]],
] as [string, Stage[]][])(
  'a build of %s never goes back, and each stage has its share',
  async (_, stages) => {
    const told = await fractions(stages);
    expect(told[0]).toBeLessThan(0.1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(new Set(told).size).toBe(stages.length);
    expect(told.at(-1)).toBeLessThan(1);
  },
);
