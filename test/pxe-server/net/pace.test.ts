import { describe, expect, it } from 'vitest';
import { Pace } from '../../../pxe-server/net/pace.ts';

/** Turns as they come so many milliseconds apart, if none is put off. @returns when each was */
function turns(pace: Pace, count: number, apart: number, from = 0): number[] {
  const when: number[] = [];
  let now = from;
  for (let i = 0; i < count; i++) {
    now = Math.max(now, from + i * apart);
    now += pace.wait(now);
    pace.turned(now);
    when.push(now);
  }
  return when;
}

describe('a pace of two milliseconds', () => {
  it('puts off nothing of a single exchange', () => {
    expect(turns(new Pace(2), 6, 0.2)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => expect.closeTo(at)));
  });
  it('keeps turns apart once they come one upon the other, and for as long', () => {
    const when = turns(new Pace(2), 60, 0.2);
    const gaps = when.slice(1).map((at, i) => at - when[i]!);
    expect(gaps.slice(0, 8)).toEqual(Array(8).fill(expect.closeTo(0.2)));
    expect(gaps.slice(8)).toEqual(Array(51).fill(expect.closeTo(2)));
  });
  it('puts off nothing where turns are further apart', () => {
    const when = turns(new Pace(2), 40, 2.5);
    expect(when).toEqual(when.map((_, i) => expect.closeTo(i * 2.5)));
  });
  it('is forgotten after a pause', () => {
    const pace = new Pace(2);
    turns(pace, 40, 0.2);
    expect(turns(pace, 6, 0.2, 1000)).toEqual([0, 1, 2, 3, 4, 5].map((i) => expect.closeTo(1000 + i * 0.2)));
  });
});

it('without one nothing is put off', () => {
  expect(turns(new Pace(0), 60, 0.1)[59]).toBeCloseTo(5.9);
});
