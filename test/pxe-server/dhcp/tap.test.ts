import { describe, expect, it } from 'vitest';
import type { BootRequest } from '../../../pxe-server/dhcp/classify.ts';
import { Tap, type Tapped } from '../../../pxe-server/dhcp/tap.ts';

const MAC = '52:54:00:00:00:01';
const request = (change: Partial<BootRequest> = {}): BootRequest => ({
  ...{ mac: MAC, xid: 1, messageType: 'discover', arch: 'uefi-x64', archNumber: 7 },
  ...{ isPxe: true, isHttpBoot: false, isIpxe: false },
  ...change,
});
const SYSTEM = request({ isPxe: false });
const packet = (at: number, mac = MAC): Omit<Tapped, 'client'> => ({
  ...{ at, mac, what: 'asked', bytes: 'x' },
  ...{ from: { address: 0, port: 68 }, to: { address: 0, port: 67 } },
});

function tap() {
  const told: Tapped[][] = [];
  const timers: (() => void)[] = [];
  const made = new Tap(
    (tapped) => told.push(tapped),
    (_ms, run) => {
      timers.push(run);
      return () => undefined;
    },
  );
  return { tap: made, told, fire: () => timers.shift()?.() };
}

describe('whose packets are copied', () => {
  it('those of firmware, and what its system asks later; of no other machine', () => {
    const { tap: t } = tap();
    expect(t.wants(SYSTEM, true, 0)).toBe(false);
    expect(t.wants(request(), false, 0)).toBe(true);
    expect(t.wants(SYSTEM, false, 60_000)).toBe(true);
    expect(t.wants(request({ isPxe: false, mac: '52:54:00:00:00:02' }), true, 60_000)).toBe(false);
  });
  it('no renewal of a system that has run for twenty minutes', () => {
    const { tap: t } = tap();
    t.wants(request(), false, 0);
    expect(t.wants(SYSTEM, false, 21 * 60_000)).toBe(false);
    expect(t.wants(request(), false, 22 * 60_000)).toBe(true);
  });
  it('120 exchanges at once of one machine, then one each two seconds', () => {
    const { tap: t } = tap();
    const wanted = (n: number, now: number) =>
      Array.from({ length: n }, () => t.wants(request(), false, now)).filter(Boolean).length;
    expect(wanted(500, 0)).toBe(120);
    expect(wanted(500, 10_000)).toBe(5);
    expect(wanted(500, 3600_000)).toBe(120);
  });
  it('1000 a second of strangers, and as many of hosts beside', () => {
    const { tap: t } = tap();
    const mac = (i: number) =>
      `02:00:00:00:${String(Math.floor(i / 100)).padStart(2, '0')}:${String(i % 100).padStart(2, '0')}`;
    const wanted = Array.from({ length: 3000 }, (_, i) => t.wants(request({ mac: mac(i) }), false, 500));
    expect(wanted.filter(Boolean)).toHaveLength(1000);
    expect(t.wants(request(), true, 500)).toBe(true);
    expect(t.wants(request({ mac: mac(4000) }), false, 1500)).toBe(true);
  });
  it('a made-up machine more pushes out the oldest of ten thousand', () => {
    const { tap: t } = tap();
    t.wants(request(), false, 0);
    for (let i = 0; i < 10_000; i++) t.wants(request({ mac: `02:${i}` }), false, i);
    expect(t.wants(SYSTEM, false, 10_000)).toBe(false);
  });
});

describe('what is told', () => {
  it('some at a time, with what asked last', () => {
    const { tap: t, told, fire } = tap();
    t.wants(request({ isIpxe: true }), false, 0);
    t.add(packet(1));
    t.add({ ...packet(2), what: 'answered' });
    expect(told).toEqual([]);
    fire();
    expect(told).toEqual([
      [
        { ...packet(1), client: 'ipxe' },
        { ...packet(2), what: 'answered', client: 'ipxe' },
      ],
    ]);
    t.add(packet(3));
    t.flush();
    t.flush();
    expect(told).toHaveLength(2);
  });
  it('what is overheard of a machine that boots, and of no other', () => {
    const { tap: t, told } = tap();
    t.wants(request(), false, 0);
    t.overhear('arp', MAC, Buffer.from([255]), 5);
    t.overhear('answer', MAC, Buffer.from('abc'), 6, '02:00:00:00:00:66');
    t.overhear('arp', '52:54:00:00:00:02', Buffer.from('abc'), 7);
    t.flush();
    expect(told).toMatchObject([
      [
        { what: 'arp', mac: MAC, bytes: '\xff', at: 5 },
        { what: 'overheard', sender: '02:00:00:00:00:66', bytes: 'abc' },
      ],
    ]);
  });
});
