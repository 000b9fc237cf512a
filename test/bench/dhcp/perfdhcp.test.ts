import { describe, expect, it } from 'vitest';
import { latencyOf } from './percentiles.ts';
import { parseReport, perfdhcpArguments, shares, summed } from './perfdhcp.ts';
import { parseCpuTicks } from './process-stat.ts';

/** As perfdhcp 2.2.0 prints it, shortened. */
const REPORT = `Running: perfdhcp -4 -l 10.0.0.2 -r 100 -p 2 -R 200000 -b mac=0a:bb:00:00:00:00 -W 1000000 -x t 10.0.0.1
Scenario: basic.
Multi-thread mode enabled.
***Rate statistics***
Rate: 66.3023 4-way exchanges/second, expected rate: 100

***Malformed Packets***
Malformed packets: 0
***Statistics for: DISCOVER-OFFER***
sent packets: 200
received packets: 198
drops: 2
drops ratio: 1 %
orphans: 0
min delay: 0.413 ms
collected packets: 0

***Statistics for: REQUEST-ACK***
sent packets: 198
received packets: 196
drops: 2
drops ratio: 1.010 %
orphans: 0
min delay: 2.410 ms

***Timestamps for packets: DISCOVER-OFFER***
sent / received: 000000.000410 / 000000.002160
sent / received: 000059.999000 / 000100.001500

***Timestamps for packets: REQUEST-ACK***
sent / received: 000000.020486 / 000000.021346
`;

it('what perfdhcp reports, per second of the run', () => {
  const run = parseReport(REPORT, { rate: 100, seconds: 2 });
  expect(run).toMatchObject({ wanted: 100, begun: 100, ended: 98 });
  expect(run.drops.offer).toBeCloseTo(0.01);
  expect(run.drops.ack).toBeCloseTo(2 / 198);
  expect(run.milliseconds.map((time) => Number(time.toFixed(3)))).toEqual([1.75, 2.5, 0.86]);
});
it('a report without numbers is an error', () => {
  expect(() => parseReport('usage: perfdhcp', { rate: 1, seconds: 1 })).toThrow(/no sent packets: usage/);
});
it('two halves are one load', () => {
  const half = { wanted: 50, milliseconds: [1] };
  const runs = [
    { ...half, begun: 50, ended: 49, drops: { offer: 0, ack: 0.02 } },
    { ...half, begun: 30, ended: 30, drops: { offer: 0.1, ack: 0 } },
  ];
  const run = summed(runs, { rate: 100, seconds: 1 });
  expect(run).toMatchObject({ wanted: 100, begun: 80, ended: 79, milliseconds: [1, 1] });
  expect(run.drops.offer).toBeCloseTo(3 / 80);
  expect(run.drops.ack).toBeCloseTo(1 / 80);
});
it('what programs that ask at the same time are told', () => {
  const load = { rate: 15_001, seconds: 10 };
  expect(shares(load, 1, 'warm')).toEqual([
    { ...load, relay: '10.0.0.2', first: '0a:aa:00:00:00:00', clients: 200_000 },
  ]);
  expect(shares(load, 2, 'measured')).toEqual([
    { ...load, rate: 7500, relay: '10.0.0.2', first: '0a:bb:00:00:00:00', clients: 100_000 },
    { ...load, rate: 7501, relay: '10.0.0.3', first: '0a:db:00:00:00:00', clients: 100_000 },
  ]);
});
it('arguments', () => {
  const [share] = shares({ rate: 5000, seconds: 10 }, 1, 'measured');
  expect(perfdhcpArguments(share!).join(' ')).toBe(
    '-g single -4 -l 10.0.0.2 -r 5000 -p 10 -R 200000 -b mac=0a:bb:00:00:00:00 -W 1000000 10.0.0.1',
  );
});

describe('percentiles', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  it('of what came', () => {
    expect(latencyOf({ milliseconds: hundred, lost: 0 })).toEqual({
      p50: 50,
      p99: 99,
      maximum: 100,
      answers: 100,
      lost: 0,
    });
  });
  it('what was lost took longer than any', () => {
    expect(latencyOf({ milliseconds: hundred, lost: 1 })).toMatchObject({
      p99: 100,
      maximum: Number.POSITIVE_INFINITY,
    });
    expect(latencyOf({ milliseconds: hundred, lost: 5 }).p99).toBe(Number.POSITIVE_INFINITY);
  });
});

it('CPU time of a process whose name has blanks and parentheses', () => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 7 20 0 5 0 100 1000 10';
  expect(parseCpuTicks(stat)).toBe(300);
});
