import { describe, expect, it } from 'vitest';
import type { Pool, Reservations } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { ipv4Number, parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { macOf } from '../packets.ts';

const SIZE = 4096;
const nobody: Reservations = { addressOf: () => undefined, clientOf: () => undefined };
const first = ipv4Number('10.0.0.0');
const network = parseCidr('10.0.0.0/16')!;

/** A pool of 4096 addresses and a table, with every look at an address counted. */
function counted() {
  let looks = 0;
  const count = () => {
    looks += 1;
    return undefined;
  };
  const excluded = Object.assign(new Set<number>(), { has: () => count() !== undefined });
  const pool: Pool = { network, ranges: [{ from: first, to: first + SIZE - 1 }], excluded };
  const reservations: Reservations = { addressOf: () => undefined, clientOf: count };
  const table = new LeaseTable([network]);
  return {
    table,
    looks: () => looks,
    /** A DISCOVER of a machine that was never here. */
    offer(number: number, now: number): number | undefined {
      const client = `id:${number}`;
      const address = table.choose(pool, client, undefined, reservations, now);
      if (address !== undefined) table.put({ address, client, state: 'offered', expires: now + 60_000 });
      return address;
    },
  };
}

describe('what spoofed machines cost', () => {
  it('memory: no more than the pool, however many there are', () => {
    const { table, offer } = counted();
    let offered = 0;
    for (let i = 0; i < 3 * SIZE; i++) if (offer(i, i) !== undefined) offered += 1;
    expect(offered).toBe(SIZE);
    expect(table.size).toBe(SIZE);
  });
  it('a full pool is looked through once a second', () => {
    const { looks, offer } = counted();
    for (let i = 0; i < SIZE; i++) offer(i, 0);
    const before = looks();
    for (let i = 0; i < 5000; i++) expect(offer(SIZE + i, 2000 + i)).toBeUndefined();
    expect(looks() - before).toBeLessThan(7 * SIZE);
  });
  it('a pool of which every address was used before costs no more for each packet', () => {
    const { looks, offer } = counted();
    for (let i = 0; i < SIZE; i++) offer(i, i);
    const before = looks();
    for (let i = 0; i < SIZE; i++) expect(offer(SIZE + i, 70_000)).toBe(first + i);
    expect(looks() - before).toBeLessThan(5 * SIZE);
  });
  it('a clock that is set back does not keep a full pool from being looked through', () => {
    const { table, offer } = counted();
    for (let i = 0; i <= SIZE; i++) offer(i, 10_000_000);
    table.drop(table.at(first + 7));
    expect(offer(SIZE + 1, 10_000)).toBe(first + 7);
  });
});

describe('table', () => {
  const lease = (
    address: number,
    client: string,
    state: 'offered' | 'bound' | 'released',
    expires = 1000,
  ) => ({
    address,
    client,
    state,
    expires,
  });
  it('leaves out leases of networks that are gone', () => {
    const table = new LeaseTable([network], [lease(first, 'a', 'bound'), lease(1, 'b', 'bound')]);
    expect(table.size).toBe(1);
    expect(table.at(1)).toBeUndefined();
  });
  it('of two rows of a client neither address is free: which is in use cannot be told', () => {
    const table = new LeaseTable([network], [lease(first, 'a', 'bound'), lease(first + 1, 'a', 'bound')]);
    expect(table.of('a', network)?.address).toBe(first + 1);
    for (const address of [first, first + 1]) expect(table.isFree(address, 'b', nobody, 0)).toBe(false);
  });
  it('a client that is offered another address still has its own, one that is bound to it has left it', () => {
    const table = new LeaseTable([network], [lease(first, 'a', 'bound')]);
    table.put(lease(first + 1, 'a', 'offered'));
    expect(table.of('a', network)?.address).toBe(first);
    expect(table.isFree(first, 'b', nobody, 0)).toBe(false);
    table.bind(lease(first + 1, 'a', 'bound'), lease(first, 'a', 'released'));
    expect(table.of('a', network)?.address).toBe(first + 1);
    expect(table.isFree(first, 'b', nobody, 0)).toBe(true);
  });
  it('what a client left is not taken from the machine that has it by now', () => {
    const table = new LeaseTable([network], [lease(first, 'b', 'bound'), lease(first + 1, 'a', 'offered')]);
    table.bind(lease(first + 1, 'a', 'bound'), lease(first, 'a', 'released'));
    expect(table.at(first)?.client).toBe('b');
  });
  it('an address of no network is a defect', () => {
    expect(() => new LeaseTable([network]).put(lease(1, 'a', 'bound'))).toThrow('0.0.0.1 is in no network');
  });
  it('an address that changes hands is no more its former client’s', () => {
    const table = new LeaseTable([network], [lease(first, 'a', 'bound')]);
    table.put(lease(first, 'b', 'bound'));
    expect(table.of('a', network)).toBeUndefined();
    expect(table.size).toBe(1);
  });
  it('a new offer takes the place of the old one', () => {
    const table = new LeaseTable([network], [lease(first, 'a', 'offered')]);
    table.put(lease(first + 1, 'a', 'offered'));
    expect(table.at(first)).toBeUndefined();
  });
  it('dropping a lease that was replaced changes nothing', () => {
    const old = lease(first, 'a', 'offered');
    const table = new LeaseTable([network], [old]);
    table.put(lease(first, 'b', 'bound'));
    table.drop(old);
    table.drop(undefined);
    expect(table.at(first)?.client).toBe('b');
    expect(table.of('b', network)?.state).toBe('bound');
  });
  it.each([
    ['offered', 'a', true],
    ['bound', 'a', true],
    ['released', 'a', false],
    ['bound', 'b', false],
    [undefined, 'a', false],
  ] as const)('binds what is %s to %s: %s', (state, client, bound) => {
    const table = new LeaseTable([network], state ? [lease(first, client, state)] : []);
    expect(table.bind(lease(first, 'a', 'bound', 5000))).toBe(bound);
    expect(table.at(first)?.expires).toBe(bound ? 5000 : state && 1000);
  });
  it('many machines, one address each', () => {
    const { table, offer } = counted();
    const given = new Set(Array.from({ length: 500 }, (_, i) => offer(i, 0)));
    expect(given.size).toBe(500);
    expect(table.of(macOf(1), network)).toBeUndefined();
  });
});
