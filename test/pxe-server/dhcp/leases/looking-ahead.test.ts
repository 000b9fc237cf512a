import { describe, expect, it } from 'vitest';
import type { Pool, Reservations } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { ipv4Number, parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { macOf } from '../packets.ts';

const network = parseCidr('10.0.0.0/8')!;
const at = (offset: number) => ipv4Number('10.0.0.0') + offset;
const range = (from: number, to: number) => ({ from: at(from), to: at(to) });
const NOW = 1_000_000;

function scene(ranges: Pool['ranges'], reserved: number[] = []) {
  const pool: Pool = { network, ranges, excluded: new Set([at(10)]) };
  const reservations: Reservations = {
    addressOf: () => undefined,
    clientOf: (address) => (reserved.includes(address - at(0)) ? 'somebody' : undefined),
  };
  const table = new LeaseTable([network]);
  return {
    table,
    upcoming: (count: number, now = NOW) =>
      table.upcoming(pool, count, reservations, now).map((address) => address - at(0)),
    ask: (mac: number) => table.choose(pool, macOf(mac), undefined, reservations, NOW)! - at(0),
    choose: (mac: number, now = NOW) => {
      const address = table.choose(pool, macOf(mac), undefined, reservations, now);
      if (address === undefined) return undefined;
      table.put({ address, client: macOf(mac), state: 'offered', expires: now + 60_000 });
      return address - at(0);
    },
    lease(offset: number, mac: number, until = NOW + 3_600_000) {
      table.put({ address: at(offset), client: macOf(mac), state: 'bound', expires: until });
    },
  };
}

describe('addresses that would be given next', () => {
  it('in their order, over ranges, without what is excluded, promised or leased', () => {
    const { upcoming, lease } = scene([range(10, 14), range(20, 30)], [12]);
    lease(11, 1);
    lease(21, 2);
    expect(upcoming(5)).toEqual([13, 14, 20, 22, 23]);
    expect(upcoming(5)).toEqual([13, 14, 20, 22, 23]);
  });
  it('are the ones that are given', () => {
    const { upcoming, choose, lease } = scene([range(10, 20)], [12]);
    lease(13, 9);
    const expected = upcoming(4);
    expect([1, 2, 3, 4].map((mac) => choose(mac))).toEqual(expected);
  });
  it('then those whose lease has ended', () => {
    const { upcoming, lease } = scene([range(11, 13)]);
    lease(11, 1, NOW - 2);
    lease(12, 2, NOW + 1);
    expect(upcoming(5)).toEqual([13, 11]);
  });
  it('a long stretch of leases is passed over bit by bit, and never again', () => {
    const { upcoming, lease, choose } = scene([range(11, 20_011)]);
    for (let i = 0; i < 20_000; i++) lease(11 + i, i);
    let calls = 1;
    while (upcoming(1).length === 0 && calls < 100) calls += 1;
    expect(calls).toBe(5);
    expect(upcoming(1)).toEqual([20_011]);
    expect(choose(0xffff)).toBe(20_011);
  });
});

describe('an address at which nobody answered', () => {
  it('is given before others, until that is long ago', () => {
    const { table, choose } = scene([range(11, 20)]);
    table.lookedAt(at(15), NOW + 1);
    table.lookedAt(at(16), NOW - 1);
    table.lookedAt(at(17), NOW + 1);
    expect([1, 2, 3].map((mac) => choose(mac))).toEqual([15, 17, 11]);
  });
  it('stays at hand when it is only asked for', () => {
    const { table, ask, choose } = scene([range(11, 20)]);
    table.lookedAt(at(15), NOW + 1);
    expect([ask(1), ask(2), choose(2), choose(3)]).toEqual([15, 15, 15, 11]);
  });
  it('not when it was leased or promised since', () => {
    const { table, choose, lease } = scene([range(11, 20)], [16]);
    table.lookedAt(at(15), NOW + 1);
    table.lookedAt(at(16), NOW + 1);
    lease(15, 9);
    expect(choose(1)).toBe(11);
  });
  it('not to a machine that has one of its own', () => {
    const { table, choose, lease } = scene([range(11, 20)]);
    lease(12, 1, NOW - 1);
    table.lookedAt(at(15), NOW + 1);
    expect(choose(1)).toBe(12);
  });
});
