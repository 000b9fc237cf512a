import { describe, expect, it } from 'vitest';
import type { Lease, Pool } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { Prober } from '../../../../pxe-server/dhcp/probing/prober.ts';
import type { DhcpEvent } from '../../../../pxe-server/dhcp/reports.ts';
import { ipv4Text, parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { Reactor } from '../../../../pxe-server/net/reactor.ts';
import { macOf } from '../packets.ts';

const network = parseCidr('198.51.100.0/24')!;
const at = (last: number) => network.first + last;
const NOW = 1_000_000_000;
const TEN_MINUTES = 600_000;

/** A prober on a link that the test plays. */
function scene({ up = true, reserved = -1 } = {}) {
  const pool: Pool = { network, ranges: [{ from: at(10), to: at(200) }], excluded: new Set([at(11)]) };
  const leases = new LeaseTable([network]);
  const asked: string[] = [];
  const saved: Lease[] = [];
  const events: DhcpEvent[] = [];
  let heard: (address: number, by: string | undefined) => void = () => undefined;
  const reactor = new Reactor();
  const prober = new Prober(
    {
      medium: {
        ask: (address) => up && asked.push(ipv4Text(address)) > 0,
        hear: (take) => {
          heard = take;
          return () => undefined;
        },
      },
      pools: [pool],
      leases,
      reservations: {
        addressOf: () => undefined,
        clientOf: (a) => (a === at(reserved) ? 'somebody' : undefined),
      },
      save(lease) {
        leases.put(lease);
        saved.push(lease);
      },
      tell: (event) => events.push(event),
      now: () => NOW,
    },
    reactor,
  );
  return {
    ...{ leases, asked, saved, events },
    hear: (last: number, by?: string) => heard(at(last), by),
    /** So many turns of a tenth of a second. */
    turns(count: number) {
      for (const end = performance.now() + count * 100 + 20; performance.now() < end; ) reactor.turn(10);
      prober.stop();
    },
  };
}

describe('questions', () => {
  it('five in a tenth of a second, in the order in which addresses are given', () => {
    const { asked, turns } = scene({ reserved: 12 });
    turns(1);
    expect(asked).toEqual([10, 13, 14, 15, 16].map((last) => `198.51.100.${last}`));
  });
  it('on a link that is down nothing is found to be free', () => {
    const { leases, turns } = scene({ up: false });
    turns(3);
    expect(leases.size).toBe(0);
  });
});

describe('who is heard', () => {
  const [A, B] = [macOf(1), macOf(2)];
  it('a stranger: quarantine, and one event', () => {
    const { hear, saved, events } = scene();
    hear(20, A);
    hear(20, A);
    expect(saved).toEqual([{ address: at(20), client: A, state: 'declined', expires: NOW + TEN_MINUTES }]);
    expect(events).toEqual([
      {
        kind: 'conflict',
        address: '198.51.100.20',
        mac: A,
        message: expect.stringContaining(`${A} uses it`),
      },
    ]);
  });
  it('somebody behind a router, whose MAC nobody knows', () => {
    const { hear, saved, events } = scene();
    hear(20);
    expect(saved).toMatchObject([{ address: at(20), state: 'declined' }]);
    expect(events).toMatchObject([{ kind: 'conflict', address: '198.51.100.20' }]);
  });
  it('the holder, of a lease that runs and of one that has ended', () => {
    const { hear, saved, events, leases } = scene();
    leases.put({ address: at(20), client: A, state: 'bound', expires: NOW + 1 });
    leases.put({ address: at(21), client: B, state: 'bound', expires: NOW - 1 });
    hear(20, A);
    hear(20, B);
    hear(21, B);
    expect(saved).toEqual([{ address: at(21), client: B, state: 'bound', expires: NOW + TEN_MINUTES }]);
    expect(events).toEqual([]);
  });
  it.each([
    ['outside of the ranges', 9],
    ['at an address that is never given', 11],
    ['at a reserved one', 30],
    ['elsewhere', 300],
  ])('somebody %s', (_where, last) => {
    const { hear, saved, events } = scene({ reserved: 30 });
    hear(last, A);
    expect([saved, events]).toEqual([[], []]);
  });
  it('one that answers for everything: an event, and most of the pool stays', () => {
    const { hear, saved, events } = scene();
    for (let last = 12; last <= 200; last++) hear(last, A);
    expect(saved).toHaveLength(32);
    expect(events.filter(({ message }) => message.includes('proxy ARP'))).toHaveLength(1);
    expect(events).toHaveLength(33);
  });
});
