import { describe, expect, it } from 'vitest';
import { Admission, type BootWish } from '../../../pxe-server/admission/admission.ts';
import { sentBytes } from '../../../pxe-server/admission/counters.ts';
import { wishOf } from './simulated-storm.ts';

const GBIT = 125_000_000;
const wish = (i: number, change: Partial<BootWish> = {}) => wishOf(i, 100_000_000, 525_000_000, change);

/** An admission whose line is full. */
function full(hosts: number, change: (i: number) => Partial<BootWish> = () => ({})): Admission {
  const admission = new Admission(GBIT);
  for (let i = 0; i < hosts; i++) admission.ask(wish(i, change(i)), i);
  return admission;
}
const places = (admission: Admission, now = 10_000) =>
  admission.waiting(now).map(({ waiter }) => waiter.wish.key);

describe('a machine', () => {
  it('goes at once when nobody else boots, and again as often as it asks', () => {
    const admission = new Admission(GBIT);
    expect([0, 1, 5000].map((now) => admission.ask(wish(1), now))).toEqual(Array(3).fill({ go: true }));
    expect(admission.going()).toHaveLength(1);
  });
  it('waits behind those that came before, and is told its place and time', () => {
    const admission = full(4);
    expect(admission.ask(wish(9), 100)).toEqual({
      ...{ go: false, place: 3, of: 3, seconds: 15, askIn: 2, waited: 0 },
    });
  });
  it('is told the same when it asks for the size first', () => {
    const admission = full(4);
    const told = admission.ask(wish(9), 100);
    admission.arrived('h0');
    admission.arrived('h1');
    expect(admission.ask(wish(9), 110)).toEqual(told);
    expect(admission.ask(wish(9), 2100)).toEqual({ go: true });
  });
  it('far behind asks more seldom', () => {
    const admission = full(100);
    expect(admission.ask(wish(100), 100)).toMatchObject({ place: 99, seconds: 495, askIn: 30 });
    expect(admission.ask(wish(2), 3000)).toMatchObject({ askIn: 2 });
  });
  it('that does not ask when it should holds up nobody, and is forgotten later', () => {
    const admission = full(20);
    const late = 25_000;
    for (const i of [0, 1]) admission.downloadEnded(`10.0.0.${i}`, true, late);
    expect(admission.ask(wish(19), late)).toEqual({ go: true });
    expect(places(admission)).toHaveLength(17);
    admission.forget(400_000);
    expect(places(admission)).toEqual([]);
  });
});

describe('a ticket ends', () => {
  const nextGoes = (admission: Admission, now: number) => admission.ask(wish(2), now).go;
  it.each<[string, (admission: Admission) => void]>([
    ['with the whole root', (a) => a.downloadEnded('10.0.0.1', true, 3000)],
    ['when the machine tells that it runs', (a) => a.arrived('h1')],
  ])('%s', (_name, end) => {
    const admission = full(3);
    admission.downloadBegan('10.0.0.1', 10);
    admission.line.sample(1000, 0, 1);
    admission.line.sample(3000, 2 * GBIT, 1);
    expect(admission.going()).toHaveLength(2);
    end(admission);
    expect(admission.going()).toHaveLength(1);
    expect(nextGoes(admission, 3001)).toBe(true);
  });
  it('when another machine has its address, however its download ends', () => {
    const admission = new Admission(GBIT);
    admission.ask(wish(0), 0);
    admission.downloadBegan('10.0.0.0', 10);
    admission.ask(wish(1, { address: '10.0.0.0' }), 1000);
    admission.downloadEnded('10.0.0.0', false, 2000);
    admission.seen('10.0.0.0', 100_000);
    admission.forget(125_000);
    expect(admission.going().map(({ wish }) => wish.key)).toEqual(['h1']);
    admission.forget(300_000);
    expect(admission.isIdle).toBe(true);
  });
  it('two minutes after it was heard of, unless it downloads', () => {
    const admission = full(2);
    admission.downloadBegan('10.0.0.1', 10);
    admission.seen('10.0.0.0', 60_000);
    admission.forget(179_000);
    expect(admission.going()).toHaveLength(2);
    admission.forget(181_000);
    expect(admission.going().map(({ wish }) => wish.key)).toEqual(['h1']);
    admission.downloadEnded('10.0.0.1', false, 182_000);
    admission.forget(303_000);
    expect(admission.going()).toEqual([]);
  });
});

it('twenty thousand go at once at most, whatever names are invented', () => {
  const admission = new Admission(null);
  for (let i = 0; i < 20_010; i++) expect(admission.ask(wish(i, { known: false }), 0).go).toBe(true);
  expect(admission.going()).toHaveLength(20_000);
  expect(admission.going()[0]!.wish.key).toBe('h10');
});

describe('the order', () => {
  it('is that of asking, strangers behind hosts', () => {
    const admission = full(8, (i) => ({ known: i !== 3 && i !== 5 }));
    expect(places(admission)).toEqual(['h2', 'h4', 'h6', 'h7', 'h3', 'h5']);
  });
  it.each([
    ['h7', 1, ['h7', 'h2', 'h3', 'h4', 'h5', 'h6']],
    ['h2', 3, ['h3', 'h4', 'h2', 'h5', 'h6', 'h7']],
    ['h3', 99, ['h2', 'h4', 'h5', 'h6', 'h7', 'h3']],
  ])('changed by a person: %s to place %i', (key, place, expected) => {
    const admission = full(8);
    expect(admission.move(key, place)).toBe(true);
    expect(places(admission)).toEqual(expected);
    expect(admission.move('h0', 1)).toBe(false);
  });
  it('keeps a stranger that a person has put in front of hosts', () => {
    const admission = full(5, (i) => ({ known: i !== 4 }));
    admission.move('h4', 1);
    admission.ask(wish(9), 20);
    expect(places(admission)).toEqual(['h4', 'h2', 'h3', 'h9']);
  });
  it('never holds more than ten thousand', () => {
    const admission = new Admission(GBIT);
    for (let i = 0; i < 10_010; i++) admission.ask(wish(i, { known: false }), 0);
    expect(places(admission)).toHaveLength(10_000);
  });
});

describe('narrower lines', () => {
  const rack = (name: string) => ({ groups: [{ name: `rack ${name}`, bandwidth: GBIT }] });
  it('a rack has as many as fill its line; others are not held up', () => {
    const admission = new Admission(null);
    const turns = Array.from({ length: 8 }, (_, i) => admission.ask(wish(i, rack('a')), i));
    expect(turns.map(({ go }) => go)).toEqual([true, true, true, true, false, false, false, false]);
    expect(turns[5]).toMatchObject({ place: 2, of: 2, seconds: 15 });
    expect(admission.ask(wish(20, rack('b')), 10)).toEqual({ go: true });
    admission.arrived('h0');
    expect(admission.ask(wish(4, rack('a')), 3000)).toEqual({ go: true });
  });
  it('whoever looks at the queue is told what each machine was', () => {
    const admission = new Admission(GBIT);
    const told = new Map(
      Array.from({ length: 60 }, (_, i) => {
        const groups = [...rack(String(i % 3)).groups, { name: 'relay', bandwidth: GBIT / 8 }];
        return [`h${i}`, admission.ask(wish(i, { groups }), i)];
      }),
    );
    const seen = admission.waiting(60).map(({ waiter, seconds }) => [told.get(waiter.wish.key), seconds]);
    expect(seen).toHaveLength(58);
    for (const [one, seconds] of seen) expect(one).toMatchObject({ go: false, seconds });
  });
  it('are looked through once for all that wait, not for each', () => {
    const admission = new Admission(GBIT);
    let looks = 0;
    const groups = new Proxy(rack('a').groups, {
      get: (target, key, self) => {
        if (key === 'length') looks += 1;
        return Reflect.get(target, key, self);
      },
    });
    for (let i = 0; i < 1000; i++) admission.ask(wish(i, { groups }), i);
    looks = 0;
    expect(admission.waiting(1000)).toHaveLength(998);
    expect(looks).toBeLessThan(20_000);
  });
});

describe('a medium', () => {
  it('waits no longer than its patience', () => {
    const admission = full(20);
    const medium = wish(30, { patience: 3000 });
    expect(admission.ask(medium, 100)).toMatchObject({ go: false });
    expect(admission.ask(medium, 1200)).toMatchObject({ go: false });
    expect(admission.ask(medium, 3200)).toEqual({ go: true });
  });
});

describe('a line that nobody told of', () => {
  const measured = (perDownload: number) => {
    const admission = new Admission(null);
    for (let i = 0; i < 20; i++) admission.ask(wish(i), 0);
    for (let now = 0; now <= 8000; now += 250)
      admission.line.sample(now, (now / 1000) * perDownload * 20, 20);
    return admission;
  };
  it('is exhausted when many get little: others wait, one more goes each five seconds', () => {
    const admission = measured(5_000_000);
    expect(admission.line.capacity(8000)).toBe(100_000_000);
    expect([8000, 8001, 12_500].map((now, i) => admission.ask(wish(50 + i), now).go)).toEqual([
      true,
      false,
      false,
    ]);
    expect(admission.ask(wish(51), 14_000).go).toBe(true);
  });
  it('is wide enough when each gets what its own line carries', () => {
    const admission = measured(20_000_000);
    expect(admission.line.capacity(8000)).toBe(null);
    expect(admission.ask(wish(50), 8000)).toEqual({ go: true });
  });
  it('is forgotten after ten minutes', () => {
    expect(measured(5_000_000).line.capacity(8000 + 600_000)).toBe(null);
  });
  it('a counter that begins again is no rate', () => {
    const { line } = measured(5_000_000);
    line.sample(8250, 0, 20);
    expect(line.rate(8250)).toBe(0);
  });
});

it('reads what interfaces have sent', () => {
  const text = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop',
    '    lo: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0',
    '  eno1:5000 1 0 0 0 0 0 0 7000 1 0 0 0 0 0 0',
    '  eno2: 1 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0',
  ].join('\n');
  expect(sentBytes(text, ['eno1', 'eno2'])).toBe(7030);
  expect(sentBytes(text, ['eno9'])).toBe(undefined);
  expect(sentBytes('', ['eno1'])).toBe(undefined);
});
