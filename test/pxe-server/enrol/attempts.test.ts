import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Heartbeats } from '../../../pxe-server/enrol/heartbeats.ts';
import type { Arming, Host, HostState } from '../../../pxe-server/hosts/model.ts';
import type { BootTrace } from '../../../pxe-server/roles/messages.ts';
import { type Books, openBooks } from './desk.ts';

const PEER = '192.0.2.10';
let books: Books;
let heartbeats: Heartbeats;
beforeEach(async () => {
  books = await openBooks();
  heartbeats = new Heartbeats({ ...books, seconds: 10, reprove: () => undefined });
});
afterEach(() => books.close());

async function host(state: HostState, arm: Arming = 'always'): Promise<Host> {
  const { id } = await books.registry.declare({ name: 'node1', macs: ['52:54:00:00:00:01'], arm });
  return books.registry.update(id, { state, stateSince: books.now().toISOString(), managementAddress: PEER });
}
const current = () => books.registry.get('node1');
const heard = (kind: BootTrace['kind'], message = kind as string) =>
  books.attempts.heard({ kind, hostId: current().id, mac: null, address: PEER, message });
const beat = () =>
  heartbeats.received(
    current(),
    { uptime: 1, guests: 0, memoryAvailable: 1, load: 0, addresses: [PEER] },
    PEER,
  );
const moves = async () => (await books.story()).filter((line) => line.includes(' → '));
/** Seconds go by, the clock of control ticks, and a heartbeat comes every ten when the host is alive. */
async function pass(seconds: number, alive: boolean): Promise<void> {
  for (let second = 1; second <= seconds; second++) {
    books.pass(1);
    if (alive && second % 10 === 0) await beat();
    await heartbeats.check();
  }
}

describe('a boot script that is asked for while a host lives', () => {
  it.each<HostState>(['registering', 'probing', 'up'])('and is %s changes nothing', async (state) => {
    await host(state);
    for (let n = 0; n < 20; n++) {
      await heard('script');
      await heard('kickstart');
      await pass(10, true);
    }
    expect(current().state).toBe(state);
    expect(await moves()).toEqual([]);
  });
  it('hides nothing: the host that then falls silent is told to be booting, and failed when it stays away', async () => {
    await host('up');
    await beat();
    await pass(2, false);
    await heard('script', 'host node1 boots image lab');
    await pass(28, false);
    expect(current().state).toBe('up');
    await pass(1, false);
    expect(current()).toMatchObject({
      state: 'booting',
      reason: 'host node1 boots image lab; no heartbeat for 31 s',
    });
    books.pass(30 * 60);
    await pass(1, false);
    expect(current()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^fetched its boot script 30 min ago and has not registered/),
    });
    await books.registry.signal(current().id, 'registered', `registered from ${PEER}`);
    expect(current().state).toBe('registering');
  });
  it('and reboots before its silence counts: it registers again, and was never lost', async () => {
    await host('up');
    await beat();
    await pass(5, false);
    await heard('script');
    await pass(15, false);
    await books.registry.signal(current().id, 'registered', `registered from ${PEER}`);
    await pass(25, true);
    expect(await moves()).toEqual([`up → registering: registered from ${PEER}`]);
  });
  it('and fell silent long before: it is lost, then boots', async () => {
    await host('up');
    await pass(31, false);
    await heard('script');
    expect(await moves()).toEqual(['up → lost: no heartbeat for 31 s', 'lost → booting: script']);
  });
  it('of a host that was only cut off: its heartbeats bring it back', async () => {
    await host('up');
    await pass(31, false);
    await heard('script');
    await pass(10, true);
    expect((await moves()).at(-1)).toBe('booting → probing: heartbeats are back');
  });
});

describe('a kickstart that was fetched', () => {
  it.each<[HostState, Arming, Arming, HostState]>([
    ['declared', 'once', 'off', 'installing'],
    ['booting', 'once', 'off', 'installing'],
    ['booting', 'always', 'always', 'installing'],
    ['failed', 'once', 'off', 'installing'],
    ['lost', 'once', 'off', 'installing'],
    ['up', 'once', 'off', 'up'],
    ['frozen', 'once', 'off', 'frozen'],
  ])('by a host that is %s and armed %s: armed %s, %s', async (before, armed, arm, state) => {
    await host(before, armed);
    await heard('kickstart');
    expect(current()).toMatchObject({ arm, state });
  });
  it('by a live host that installs: told once its heartbeats have ended', async () => {
    await host('up', 'once');
    await beat();
    await pass(5, false);
    await heard('script');
    await pass(10, false);
    await heard('kickstart');
    await pass(16, false);
    expect(current()).toMatchObject({
      state: 'installing',
      reason: `installs: its kickstart went to ${PEER}`,
    });
  });
});

it.each<[HostState, BootTrace['kind'], HostState]>([
  ['declared', 'lease', 'discovered'],
  ['declared', 'local', 'discovered'],
  ['declared', 'script', 'booting'],
  ['pending', 'script', 'pending'],
  ['installing', 'lease', 'installing'],
  ['installing', 'local', 'discovered'],
  ['installing', 'script', 'booting'],
  ['frozen', 'script', 'frozen'],
])('a host that is %s, heard of by %s, is %s', async (before, kind, after) => {
  await host(before);
  await heard(kind);
  expect(current()).toMatchObject({ state: after, lastSeen: books.now().toISOString() });
});
it('a host is known to have booted the image that its script led to, and the one before', async () => {
  await host('declared');
  const { id: hostId } = current();
  for (const image of ['aaaa', 'bbbb', 'bbbb', 'cccc'])
    await books.attempts.heard({ kind: 'script', hostId, mac: null, address: PEER, message: 'boots', image });
  await heard('lease');
  expect(current().booted).toEqual(['cccc', 'bbbb']);
});
it('a machine that is no host, or no more, is nothing to it', async () => {
  for (const hostId of [null, 'gone'])
    await books.attempts.heard({ kind: 'script', hostId, mac: null, address: PEER, message: 'x' });
  expect(books.registry.list()).toEqual([]);
});
