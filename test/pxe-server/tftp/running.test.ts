import { describe, expect, it } from 'vitest';
import { type Running, RunningTransfers } from '../../../pxe-server/tftp/running.ts';
import type { Session } from '../../../pxe-server/tftp/session.ts';

const [HERE, THERE] = [0xc000_0201, 0xc000_0202];
const running = (address: number, port: number): Running => ({
  client: { address, port },
  request: Buffer.of(port),
});
const answeredSession = { answered: true } as Session;

describe('transfers under way', () => {
  it('are found by the port of their client and counted by its address', () => {
    const all = new RunningTransfers();
    const [one, two, other] = [running(HERE, 1000), running(HERE, 1001), running(THERE, 1000)];
    for (const each of [one, two, other]) all.add(each);
    expect(all.of({ address: HERE, port: 1000 })).toEqual([one]);
    expect(all.of({ address: THERE, port: 1001 })).toEqual([]);
    expect([all.total, ...[HERE, THERE, 1].map((address) => all.ownOf({ address }))]).toEqual([3, 2, 1, 0]);
    expect([...all]).toHaveLength(3);
  });
  it('may be several of one port, and each leaves once', () => {
    const all = new RunningTransfers();
    const [one, two] = [running(HERE, 1000), running(HERE, 1000)];
    all.add(one);
    all.add(two);
    expect(all.of(one.client)).toEqual([one, two]);
    all.delete(one);
    all.delete(one);
    expect(all.of(one.client)).toEqual([two]);
    expect([all.total, all.ownOf({ address: HERE })]).toEqual([1, 1]);
    all.delete(two);
    expect([all.total, all.ownOf({ address: HERE }), all.of(one.client)]).toEqual([0, 0, []]);
  });
  it('are of a link-local client together with its interface, and of IPv6 apart from IPv4', () => {
    const all = new RunningTransfers();
    const clients = [
      { address: 5, port: 1000 },
      { address: 5n, port: 1000 },
      { address: 0xfe80n << 112n, port: 1000, zone: 2 },
      { address: 0xfe80n << 112n, port: 1000, zone: 3 },
      { address: (0xfe80n << 112n) | 1n, port: 1000, zone: 3 },
    ];
    const each = clients.map((client) => ({ client, request: Buffer.alloc(0) }));
    for (const one of each) all.add(one);
    for (const [i, client] of clients.entries()) {
      expect(all.of({ ...client })).toEqual([each[i]]);
      expect(all.ownOf(client)).toBe(1);
    }
    for (const one of each) all.delete(one);
    expect([all.total, ...clients.map((client) => all.ownOf(client))]).toEqual([0, 0, 0, 0, 0, 0]);
  });
  it('may leave while all are gone through', () => {
    const all = new RunningTransfers();
    for (let port = 1; port <= 9; port++) all.add(running(HERE, port));
    for (const each of all) all.delete(each);
    expect(all.total).toBe(0);
  });
});

it('the oldest that was never answered: answered ones are passed over, those that left too', () => {
  const all = new RunningTransfers();
  const list = [1, 2, 3, 4].map((port) => running(HERE, port));
  for (const each of list) all.add(each);
  const [first, second, third, fourth] = list as [Running, Running, Running, Running];
  expect(all.oldestUnanswered()).toBe(first);
  first.session = answeredSession;
  expect(all.oldestUnanswered()).toBe(second);
  all.delete(second);
  third.session = { answered: false } as Session;
  expect(all.oldestUnanswered()).toBe(third);
  third.session = answeredSession;
  fourth.session = answeredSession;
  expect(all.oldestUnanswered()).toBe(undefined);
});
