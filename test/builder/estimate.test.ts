import { describe, expect, it } from 'vitest';
import { type Course, expectedTime, type PastBuild, remainingTime } from '../../builder/estimate.ts';

/** "root 40" ran for that long, "root* 1" came from the cache. */
function build(...stages: string[]): PastBuild {
  return stages.map((text) => {
    const [, stage, star, time] = /^(\w+)(\*?) (\d+)$/.exec(text)!;
    return { stage: stage!, reused: star === '*', milliseconds: Number(time) };
  });
}

function course(now: string, ...before: string[]): Course {
  const [, stage, mark] = /^(\w+)([*?]?)$/.exec(now)!;
  return { done: build(...before), stage: stage!, reused: mark === '?' ? undefined : mark === '*' };
}

const FIRST = build('lock 4', 'root 40', 'initramfs 26', 'image 12', 'end 2');
const RULE = build('lock* 0', 'root* 1', 'initramfs 28', 'image 14', 'end 2');
const UNIT = build('lock* 0', 'root* 1', 'initramfs* 1', 'image 13', 'end 2');
const TAKEN = build('import* 1', 'initramfs* 1', 'image 13', 'end 2');

describe('what a stage and those after it take', () => {
  it.each<
    [what: string, past: PastBuild[], course: Course, expected: [stage: number, after: number] | undefined]
  >([
    ['nothing is claimed without an earlier build', [], course('image'), undefined],
    ['nothing before the cache was asked', [FIRST], course('root?', 'lock 4'), undefined],
    ['nothing when the stage never went this way', [FIRST], course('root*', 'lock* 0'), undefined],
    ['as the only build', [FIRST], course('root', 'lock 4'), [40, 40]],
    ['of the last stage nothing follows', [FIRST], course('end', 'image 12'), [2, 0]],
    ['by the newest, when several went alike', [RULE, UNIT], course('root*', 'lock* 0'), [1, 44]],
    ['by the one that went like this one', [UNIT, FIRST], course('root', 'lock 4'), [40, 41]],
    [
      'by what the cache has answered since',
      [RULE, UNIT, FIRST],
      course('initramfs*', 'lock* 0', 'root* 1'),
      [1, 15],
    ],
    [
      'by the most alike, when none went quite like this',
      [FIRST, UNIT],
      course('initramfs*', 'lock 4', 'root* 1'),
      [1, 15],
    ],
    ['of a root that was there', [UNIT, TAKEN], course('import*'), [1, 16]],
    [
      'by the middle of the newest five times',
      ['9', '1', '3', '900', '5', '700', '800'].map((time) => build(`image ${time}`, 'end 1')),
      course('image'),
      [5, 1],
    ],
  ])('%s', (_, past, at, expected) => {
    const [stage, after] = expected ?? [];
    expect(expectedTime(past, at)).toEqual(expected && { stage, after });
  });
});

describe('what is left', () => {
  it.each<[what: string, elapsed: number, stage: number, after: number, left: [number, number, number]]>([
    ['at the beginning is all of it', 0, 30, 20, [30, 50, 0]],
    ['is less the time that has passed', 12, 30, 20, [18, 38, 0]],
    ['of the stage is nothing when its time is over', 30, 30, 20, [0, 20, 0]],
    ['is never less than nothing, and how late it is is said', 45, 30, 20, [0, 20, 15]],
    ['of the last stage that is late is unknown', 45, 30, 0, [0, 0, 15]],
  ])('%s', (_, elapsed, stage, after, [ofStage, ofBuild, late]) => {
    expect(remainingTime({ stage: elapsed, build: 100 }, { stage, after })).toEqual({
      ...{ stage: ofStage, build: ofBuild, late },
    });
  });
});
