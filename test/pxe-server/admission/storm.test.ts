import { describe, expect, it } from 'vitest';
import { simulateStorm } from './simulated-storm.ts';

const GBIT = 125_000_000;
const PLAN = {
  ...{ hosts: 200, line: GBIT, loaderBytes: 100_000_000, rootBytes: 500_000_000, kernelSeconds: 15 },
};
/** Seconds in which the line carries all of it. */
const WHOLE = (200 * 600_000_000) / GBIT;

function told(seconds: readonly number[]) {
  return { first: seconds[0]!, median: seconds[seconds.length >> 1]!, last: seconds.at(-1)! };
}

describe('200 hosts of 600 MB over 1 Gbit/s', () => {
  it('without admission half of them are as late as the last', () => {
    const { first, median, last } = told(simulateStorm(PLAN).seconds);
    expect(first).toBeGreaterThan(150);
    expect(median).toBeGreaterThan(0.95 * WHOLE);
    expect(last).toBeLessThan(1.03 * WHOLE);
  });
  it('with it the first is there at once, the median in half the time, the last no later', () => {
    const { seconds } = simulateStorm({ ...PLAN, told: GBIT });
    const { first, median, last } = told(seconds);
    expect(seconds).toHaveLength(200);
    expect(first).toBeLessThan(30);
    expect(median).toBeLessThan(0.55 * WHOLE);
    expect(last).toBeLessThan(1.03 * WHOLE);
  });
  it('measured, when nobody told how wide the line is, those that come later take turns', () => {
    const plan = { ...PLAN, spread: 300_000 };
    const [free, asked] = [simulateStorm(plan), simulateStorm({ ...plan, told: null })];
    expect(told(asked.seconds).median).toBeLessThan(0.65 * told(free.seconds).median);
    expect(told(asked.seconds).last).toBeLessThan(1.03 * told(free.seconds).last);
  });
  it('kernels that take a minute to start leave the line no idler', () => {
    const { last } = told(simulateStorm({ ...PLAN, told: GBIT, kernelSeconds: 60 }).seconds);
    expect(last).toBeLessThan(1.03 * (WHOLE + 60));
  });
  it('machines that die with a ticket hold up nobody', () => {
    const dead = Array.from({ length: 40 }, (_, i) => i * 5);
    const { seconds } = simulateStorm({ ...PLAN, told: GBIT, dead });
    expect(seconds).toHaveLength(160);
    expect(told(seconds).last).toBeLessThan(WHOLE * 1.03);
  });
  it('a small image does not wait for machines to ask again', () => {
    const small = { ...PLAN, loaderBytes: 5_000_000, rootBytes: 20_000_000, kernelSeconds: 2, told: GBIT };
    const { last } = told(simulateStorm(small).seconds);
    expect(last).toBeLessThan(1.25 * ((200 * 25_000_000) / GBIT));
  });
});

describe('nobody waits', () => {
  it.each([
    ['where no line is configured and none is exhausted', { told: null, line: 80 * GBIT }],
    ['for long where the line is wide', { told: 80 * GBIT, line: 80 * GBIT, kernelSeconds: 60 }],
  ])('%s', (_name, change) => {
    const plan = { ...PLAN, hosts: 40, ...change };
    const [free, asked] = [simulateStorm({ ...plan, told: undefined }), simulateStorm(plan)];
    expect(told(asked.seconds).last).toBeLessThan(told(free.seconds).last * 1.1);
  });
});
