import { describe, expect, it } from 'vitest';
import { byEnoughPrograms, dropShare, highestRate, NARROW, sustained, WIDE } from './search.ts';

describe('a run', () => {
  it.each([
    [{ wanted: 1000, begun: 1000, ended: 990 }, true],
    [{ wanted: 1000, begun: 1000, ended: 989 }, false],
    [{ wanted: 1000, begun: 970, ended: 970 }, true],
    [{ wanted: 1000, begun: 969, ended: 969 }, false],
    [{ wanted: 1000, begun: 0, ended: 0 }, false],
  ])('%j holds: %s', (trial, holds) => {
    expect(sustained(trial)).toBe(holds);
  });
  it('with answers to an earlier one drops nothing', () => {
    expect(dropShare({ wanted: 10, begun: 10, ended: 12 })).toBe(0);
  });
});

/** A server that holds less for long than for a short while. */
function server(short: number, long: number) {
  const runs: [rate: number, seconds: number][] = [];
  const attempt = async (wanted: number, seconds: number) => {
    runs.push([wanted, seconds]);
    const limit = seconds < 10 ? short : long;
    return { wanted, begun: wanted, ended: Math.min(wanted, limit) };
  };
  return { runs, attempt };
}

describe('the search', () => {
  it.each([
    ['far below', 100, WIDE],
    ['near', 6000, WIDE],
    ['near', 6000, NARROW],
    ['far above', 90_000, WIDE],
  ])('finds the limit from a start %s within 4%%, by long runs', async (_name, first, growth) => {
    const { runs, attempt } = server(7000, 7000);
    const best = await highestRate(attempt, first, growth);
    expect(best!.ended).toBeGreaterThan(0.96 * 7000);
    expect(best!.ended).toBeLessThanOrEqual(1.01 * 7000);
    expect(runs.filter(([, seconds]) => seconds === 10).length).toBeGreaterThan(1);
    expect(runs.length).toBeLessThan(20);
  });
  it('goes down when a long run does not hold what short ones held', async () => {
    const best = await highestRate(server(7000, 5000).attempt, 4000, WIDE);
    expect(best!.ended).toBeGreaterThan(0.9 * 5000);
    expect(best!.ended).toBeLessThanOrEqual(5000);
  });
  it('finds nothing where nothing is answered', async () => {
    expect(await highestRate(server(0, 0).attempt, 1000, WIDE)).toBeUndefined();
  });
});

describe('load programs', () => {
  /** A program begins at most so many; the server answers so many, however many ask. */
  function scene(ofProgram: number, ofServer: number) {
    const runs: [rate: number, programs: number][] = [];
    const attempt = byEnoughPrograms(async (wanted, _seconds, programs) => {
      runs.push([wanted, programs]);
      const begun = Math.min(wanted, ofProgram * programs);
      return { wanted, begun, ended: Math.min(begun, ofServer) };
    });
    return { runs, attempt };
  }
  it('two ask where one begins too few, and above what they have held', async () => {
    const { runs, attempt } = scene(14_000, 18_000);
    for (const rate of [12_000, 16_000, 15_000, 17_000, 20_000]) await attempt(rate, 3);
    expect(runs).toEqual([
      [12_000, 1],
      [16_000, 1],
      [16_000, 2],
      [15_000, 1],
      [15_000, 2],
      [17_000, 2],
      [20_000, 2],
    ]);
  });
  it('a server that loses what one program begins is asked by one', async () => {
    const { runs, attempt } = scene(14_000, 9000);
    expect(sustained(await attempt(12_000, 3))).toBe(false);
    expect(runs).toEqual([[12_000, 1]]);
  });
  it('two that lose more change nothing for rates below', async () => {
    const { runs, attempt } = scene(14_000, 9000);
    expect(sustained(await attempt(20_000, 3))).toBe(false);
    expect(sustained(await attempt(8000, 3))).toBe(true);
    expect(runs).toEqual([
      [20_000, 1],
      [20_000, 2],
      [8000, 1],
    ]);
  });
  it.each([
    [18_000, 0.96 * 18_000, 18_000],
    [9000, 0.96 * 9000, 1.01 * 9000],
    [40_000, 0.96 * 28_000, 28_000],
  ])('a search finds the limit of a server that answers %i', async (ofServer, least, most) => {
    const best = await highestRate(scene(14_000, ofServer).attempt, 5000, WIDE);
    expect(best!.ended).toBeGreaterThan(least);
    expect(best!.ended).toBeLessThanOrEqual(most);
  });
});
