import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLog } from '../../../../pxe-server/dhcp/leases/log.ts';
import type { Lease6 } from '../../../../pxe-server/dhcp6/leases/lease.ts';
import { lease6Record } from '../../../../pxe-server/dhcp6/leases/record.ts';
import { LeaseTable6 } from '../../../../pxe-server/dhcp6/leases/table.ts';
import { ipv6Number, parseCidr6 } from '../../../../pxe-server/net/ipv6.ts';
import { seeded } from '../../../shared/random.ts';

const network = parseCidr6('fd00::/64')!;
const nobody = { addressOf: () => undefined, macOf: () => undefined };
const lease = (address: string, client: string, state: Lease6['state'], expires: number): Lease6 => ({
  ...{ address: ipv6Number(address), client, state, expires },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-leases6-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function opened(): { log: LeaseLog<Lease6>; found: Lease6[]; table: LeaseTable6 } {
  const found: Lease6[] = [];
  const table = new LeaseTable6([network]);
  const take = (one: Lease6) => {
    found.push(one);
    table.load(one);
  };
  return { log: new LeaseLog<Lease6>(join(folder, 'leases6.log'), take, lease6Record), found, table };
}

describe('leases on disk', () => {
  const kept: Lease6[] = [
    { ...lease('fd00::10', 'aa/1', 'bound', 2.5e12), mac: '52:54:00:00:00:01' },
    lease('fd00::11', `${'ff'.repeat(130)}/ffffffff`, 'released', 7),
    lease('fd00::12', 'bb/0', 'declined', 8),
  ];
  it('come back as they were', () => {
    const { log, table } = opened();
    for (const one of kept) log.add(one);
    log.commit(table);
    log.close();
    const again = opened();
    expect(again.found).toEqual(kept);
    again.log.close();
  });
  it('take no offer, and no name that is longer than a DUID', () => {
    const { log } = opened();
    expect(() => log.add(lease('fd00::10', 'aa/1', 'offered', 1))).toThrow(RangeError);
    expect(() => log.add(lease('fd00::10', 'a'.repeat(270), 'bound', 1))).toThrow(RangeError);
    log.close();
  });
  it('are no leases of IPv4', () => {
    opened().log.close();
    expect(() => new LeaseLog(join(folder, 'leases6.log'), () => undefined)).toThrow(
      expect.objectContaining({ code: 'leases-broken' }),
    );
  });
});

describe('the table', () => {
  it('leaves out what is of no network', () => {
    const table = new LeaseTable6([network]);
    table.load(lease('fd01::1', 'aa/1', 'bound', 1));
    expect(table.size).toBe(0);
    expect(() => table.put(lease('fd01::1', 'aa/1', 'bound', 1))).toThrow(RangeError);
  });
  it("binds nothing that is another's by now", () => {
    const table = new LeaseTable6([network]);
    table.put(lease('fd00::10', 'aa/1', 'offered', 100));
    expect(table.bind(lease('fd00::10', 'bb/1', 'bound', 100))).toBe(false);
    expect(table.bind(lease('fd00::10', 'aa/1', 'bound', 100))).toBe(true);
  });
  it('is written whole, whatever comes between the steps', () => {
    const table = new LeaseTable6([network]);
    const at = (i: number) => lease(`fd00::${(0x1000 + i).toString(16)}`, `c${i}/1`, 'bound', 5000 + i);
    for (let i = 0; i < 100; i++) table.put(at(i));
    const written = new Map<bigint, Lease6>();
    for (let from: number | undefined = 0, step = 0; from !== undefined; step++) {
      from = table.kept(from, 10, (one) => written.set(one.address, one));
      // A renewal of one that was written, and an offer that goes.
      const again = { ...at(step), expires: 9000 };
      table.put(again);
      written.set(again.address, again);
      table.put(lease('fd00::5', `o${step}/1`, 'offered', 1));
    }
    expect(written.size).toBe(100);
  });
  it.each([1, 2, 3, 4])('never gives an address to two, whatever comes (seed %i)', (seed) => {
    const random = seeded(seed);
    const table = new LeaseTable6([network]);
    const range = { from: ipv6Number('fd00::10'), to: ipv6Number('fd00::1f') };
    const pool = { network, range, excluded: new Set([ipv6Number('fd00::13')]) };
    const held = new Map<bigint, { client: string; until: number }>();
    let given = 0;
    let refused = 0;
    let now = 1_000_000;
    for (let i = 0; i < 20_000; i++) {
      now += Math.floor(random() * 400);
      const client = `${Math.floor(random() * 40)}/1`;
      const address = table.choose(pool, { client, mac: undefined, reservations: nobody, now }, undefined);
      if (address === undefined) {
        refused += 1;
        continue;
      }
      const holder = held.get(address);
      if (holder && holder.until > now) expect(holder.client).toBe(client);
      expect(address).not.toBe(ipv6Number('fd00::13'));
      const bound = random() < 0.7;
      const until = now + (bound ? 5000 : 1000);
      const runs = table.at(address)?.state === 'bound' && table.holds(address, client, now);
      if (!runs) table.put({ address, client, state: 'offered', expires: now + 1000 });
      if (bound) table.bind({ address, client, state: 'bound', expires: until });
      if (!holder || holder.until <= now || bound) held.set(address, { client, until });
      given += 1;
    }
    expect(given).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(100);
    // A leak would leave addresses that nobody ever gets again.
    now += 10_000;
    const all = Array.from({ length: 15 }, (_, i) => {
      const asking = { client: `z${i}/1`, mac: undefined, reservations: nobody, now };
      const address = table.choose(pool, asking, undefined)!;
      table.put({ address, client: asking.client, state: 'offered', expires: now + 1000 });
      return address;
    });
    expect(new Set(all).size).toBe(15);
  });
});
