import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Heartbeat } from '../../../builder/contract/agent-protocol.ts';
import { Heartbeats } from '../../../pxe-server/enrol/heartbeats.ts';
import type { Host, HostState } from '../../../pxe-server/hosts/model.ts';
import { type Books, openBooks } from './desk.ts';
import { inventory } from './request.ts';

const PEER = '192.0.2.10';
const beat = (change: Partial<Heartbeat> = {}): Heartbeat => ({
  uptime: 100,
  guests: 0,
  memoryAvailable: 512,
  load: 0.1,
  addresses: [PEER],
  ...change,
});

let books: Books;
let heartbeats: Heartbeats;
let reproved: string[];

beforeEach(async () => {
  books = await openBooks();
  reproved = [];
  heartbeats = new Heartbeats({
    ...{ ...books, seconds: 10 },
    reprove: (id) => reproved.push(books.registry.get(id).name),
  });
});
afterEach(() => books.close());

/** A host that registered from PEER, with a certificate for 30 days. */
async function host(state: HostState, change: Partial<Host> = {}): Promise<Host> {
  const { id } = await books.registry.declare({ name: 'node1', macs: ['52:54:00:00:00:01'] });
  return books.registry.update(id, {
    state,
    stateSince: books.now().toISOString(),
    managementAddress: PEER,
    inventory: inventory('52:54:00:00:00:01', { addresses: [PEER] }),
    certificateNotAfter: new Date(books.now().getTime() + 30 * 86400_000).toISOString(),
    ...change,
  });
}
const received = (change?: Partial<Heartbeat>, peer = PEER) =>
  heartbeats.received(books.registry.get('node1'), beat(change), peer);
const current = () => books.registry.get('node1');

describe('a heartbeat', () => {
  it('says how often, and nothing else is due', async () => {
    await host('up');
    expect(await received()).toEqual({ renew: false, heartbeatSeconds: 10 });
  });
  it.each([
    [19, false],
    [21, true],
  ])('%i days after the certificate was made asks for a new one: %s', async (days, renew) => {
    await host('up');
    books.pass(days * 86400);
    expect((await received()).renew).toBe(renew);
  });
  it('of a host without a certificate asks for one', async () => {
    await host('up', { certificateNotAfter: null });
    expect((await received()).renew).toBe(true);
  });
  it('from another address asks for a new certificate and moves the host', async () => {
    await host('up');
    expect((await received({}, '192.0.2.99')).renew).toBe(true);
    expect(current().managementAddress).toBe('192.0.2.99');
  });
  it('tells the addresses that the host has now', async () => {
    await host('up');
    await received({ addresses: [PEER, '198.51.100.7'] });
    expect(current().inventory).toMatchObject({ addresses: [PEER, '198.51.100.7'], product: 'Standard PC' });
  });
  it.each<HostState>(['lost', 'booting', 'installing'])(
    'of a host that is %s brings it back to be proved again, once',
    async (before) => {
      await host(before);
      for (let n = 0; n < 3; n++) await received();
      expect(current().state).toBe('probing');
      expect(reproved).toEqual(['node1']);
    },
  );
  it.each<HostState>(['failed', 'frozen', 'up'])('of a host that is %s changes nothing', async (before) => {
    await host(before);
    await received();
    expect(current().state).toBe(before);
    expect(reproved).toEqual([]);
  });
  it('without libvirt is noted once, and again after libvirt was back', async () => {
    await host('up');
    const noted = async () =>
      (await books.story()).filter((line) => line.includes('libvirt does not answer'));
    for (let n = 0; n < 3; n++) await received({ guests: -1 });
    expect(await noted()).toHaveLength(1);
    await received({ guests: 0 });
    await received({ guests: -1 });
    expect(await noted()).toHaveLength(2);
  });
});

describe('silence', () => {
  it.each<[HostState, number, HostState]>([
    ['up', 30, 'up'],
    ['up', 31, 'lost'],
    ['probing', 31, 'lost'],
    ['registering', 31, 'lost'],
    ['booting', 1800, 'booting'],
    ['booting', 1801, 'failed'],
    ['installing', 100_000, 'installing'],
    ['failed', 600, 'failed'],
    ['frozen', 600, 'frozen'],
  ])('of a host that is %s for %i s leaves it %s', async (before, seconds, after) => {
    await host(before);
    books.pass(seconds);
    await heartbeats.check();
    expect(current().state).toBe(after);
  });
  it('counts from the last heartbeat', async () => {
    await host('up');
    books.pass(29);
    await received();
    books.pass(29);
    await heartbeats.check();
    expect(current().state).toBe('up');
    books.pass(2);
    await heartbeats.check();
    expect(current()).toMatchObject({ state: 'lost', reason: 'no heartbeat for 31 s' });
  });
  it('counts anew when control starts', async () => {
    await host('up');
    books.pass(3600);
    const restarted = new Heartbeats({
      ...{ ...books, seconds: 10, reprove: () => undefined },
    });
    books.pass(29);
    await restarted.check();
    expect(current().state).toBe('up');
  });
});
