import { describe, expect, it } from 'vitest';
import { dropShare, highestRate, NARROW, sustained, WIDE } from './search.ts';

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
