import { beforeEach, describe, expect, it } from 'vitest';
import { SyslogDesk } from '../../../pxe-server/syslog/desk.ts';
import type { Step } from '../../../pxe-server/trace/entry.ts';

const NODE = '192.0.2.9';
const LINE = Buffer.from('<27>Nov 26 19:40:01 node1 program: mkfs failed');

let clock: { now: number };
let told: Step[];
let surplus: string[];
let desk: SyslogDesk;
beforeEach(() => {
  clock = { now: 1_000_000_000 };
  [told, surplus] = [[], []];
  desk = new SyslogDesk({
    tell: (step) => told.push(step),
    surplus: (message) => surplus.push(message),
    now: () => clock.now,
  });
});
const hear = (times: number, address = NODE) => {
  for (let n = 0; n < times; n++) desk.heard(LINE, address);
};

it('a line is a step of the boot at its address', () => {
  desk.installs(NODE);
  hear(1);
  const fact = { layer: 'installer', step: 'log', message: 'mkfs failed', severity: 3, program: 'program' };
  expect(told).toEqual([{ at: clock.now, address: NODE, fact }]);
});
it('what is no syslog, or says nothing, is none', () => {
  for (const text of ['noise', '', '<13>', '<13>a: ']) desk.heard(Buffer.from(text), NODE);
  expect(told).toEqual([]);
});

describe('however much comes', () => {
  it('an address that installs has a burst, and then so many a second', () => {
    desk.installs(NODE);
    hear(5000);
    expect(told).toHaveLength(1000);
    clock.now += 10_000;
    hear(5000);
    expect(told).toHaveLength(1500);
  });
  it('others have little together, and take nothing from those that install', () => {
    for (let n = 0; n < 5000; n++) desk.heard(LINE, `198.51.100.${n % 250}`);
    expect(told).toHaveLength(20);
    desk.installs(NODE);
    hear(100);
    expect(told).toHaveLength(120);
  });
  it('all together have a limit, and the rest is told as a number', () => {
    for (let n = 0; n < 10; n++) {
      desk.installs(`192.0.2.${n}`);
      hear(1000, `192.0.2.${n}`);
    }
    expect(told).toHaveLength(2000);
    clock.now += 1000;
    hear(1, '192.0.2.200');
    expect(surplus).toEqual(['8000 line(s) of syslog more than can be kept']);
  });
  it('half a day later an address is a stranger’s again', () => {
    desk.installs(NODE);
    clock.now += 12 * 3_600_000 + 1;
    hear(100);
    expect(told).toHaveLength(20);
  });
});
