import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Timers } from '../../../pxe-server/net/timers.ts';
import { collectGarbage } from '../../shared/garbage.ts';
import { seeded } from '../../shared/random.ts';

/** Timers by name; `ran` has the names in the order in which they ran. */
function scene() {
  const timers = new Timers();
  const ran: string[] = [];
  const timer = (name: string, also: () => void = () => {}) =>
    timers.timer(() => {
      ran.push(name);
      also();
    });
  return { timers, ran, timer };
}

describe('a timer', () => {
  it('runs once, when it is due', () => {
    const { timers, ran, timer } = scene();
    timer('a').set(10);
    timers.run(9.9);
    expect([ran.length, timers.next]).toEqual([0, 10]);
    timers.run(10);
    timers.run(100);
    expect([ran, timers.next]).toEqual([['a'], Number.POSITIVE_INFINITY]);
  });
  it('may be put off, brought forward and cleared', () => {
    const { timers, ran, timer } = scene();
    const [off, forward, cleared] = [timer('off'), timer('forward'), timer('cleared')];
    off.set(10);
    off.set(30);
    forward.set(50);
    forward.set(20);
    cleared.set(10);
    cleared.clear();
    for (const now of [10, 19, 20, 29]) timers.run(now);
    expect(ran).toEqual(['forward']);
    timers.run(30);
    timers.run(60);
    expect(ran).toEqual(['forward', 'off']);
  });
  it('may set itself and others again while it runs; what is due now waits for the next call', () => {
    const { timers, ran, timer } = scene();
    const again = timer('again', () => again.set(10));
    const second = timer('second');
    const first = timer('first', () => second.clear());
    again.set(5);
    first.set(1);
    second.set(2);
    timers.run(10);
    expect(ran).toEqual(['first', 'again']);
    timers.run(10);
    expect(ran).toEqual(['first', 'again', 'again']);
  });
  it('that another puts off in the same call runs later', () => {
    const { timers, ran, timer } = scene();
    const second = timer('second');
    const first = timer('first', () => second.set(40));
    first.set(1);
    second.set(2);
    timers.run(10);
    expect(ran).toEqual(['first']);
    timers.run(40);
    expect(ran).toEqual(['first', 'second']);
  });
});

it('a thousand timers that are set and cleared at random run at their last time, in order', () => {
  const random = seeded(64);
  const timers = new Timers();
  const due = new Map<number, number>();
  const ran: number[] = [];
  const all = Array.from({ length: 1000 }, (_, i) => timers.timer(() => ran.push(i)));
  for (let i = 0; i < 10_000; i++) {
    const which = Math.floor(random() * all.length);
    const time = 1 + Math.floor(random() * 1000);
    if (random() < 0.2) {
      all[which]!.clear();
      due.delete(which);
    } else {
      all[which]!.set(time);
      due.set(which, time);
    }
  }
  for (let now = 1; now <= 1000; now++) {
    const before = ran.length;
    timers.run(now);
    const expected = [...due].filter(([, time]) => time === now).map(([which]) => which);
    expect(ran.slice(before).sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
  }
  expect(timers.next).toBe(Number.POSITIVE_INFINITY);
});

it('putting off costs the heap nothing until the old time comes', () => {
  const { timers, ran, timer } = scene();
  const silence = timer('silence');
  for (let now = 0; now < 10_000; now++) silence.set(now + 1000);
  expect(timers.next).toBe(1000);
  timers.run(1000);
  expect([timers.next, ran]).toEqual([10_999, []]);
});

it('what a cleared timer would have run is garbage at once, long before its time', async () => {
  const { timers } = scene();
  const cleared = (() => {
    const session = { bytes: new Uint8Array(1000) };
    const timer = timers.timer(() => session.bytes.fill(1));
    timer.set(1000);
    timer.set(500);
    timer.clear();
    return new WeakRef(session);
  })();
  expect(cleared.deref()).toBeDefined();
  await setImmediate(); // deref() keeps it until then
  collectGarbage();
  expect([cleared.deref(), timers.next]).toEqual([undefined, 500]);
});

it('that was cleared may be set again: before its old time, at it, and after it', () => {
  const { timers, ran, timer } = scene();
  const [before, at, after] = [timer('before'), timer('at'), timer('after')];
  for (const each of [before, at, after]) {
    each.set(10);
    each.clear();
  }
  before.set(5);
  at.set(10);
  timers.run(5);
  timers.run(10);
  timers.run(20);
  expect(ran).toEqual(['before', 'at']);
  after.set(30);
  timers.run(30);
  timers.run(40);
  expect(ran).toEqual(['before', 'at', 'after']);
});
