import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../pxe-server/events/journal.ts';
import { matchHost } from '../../../pxe-server/hosts/match.ts';
import type { Host, HostDeclarationInput } from '../../../pxe-server/hosts/model.ts';
import { Registry } from '../../../pxe-server/hosts/registry.ts';
import { openStore, type Store } from '../../../pxe-server/store/database.ts';
import { inventory } from './inventory-fixture.ts';

const MAC = '52:54:00:00:00:01';
let time: number;
let store: Store;
let journal: Journal;
let registry: Registry;
beforeEach(async () => {
  time = Date.parse('2026-01-01T00:00:00.000Z');
  store = await openStore(':memory:');
  journal = new Journal(store, () => new Date(time));
  registry = new Registry(store, journal, () => new Date(time));
});
afterEach(() => store.destroy());

/** The hosts as a service that starts now would see them. */
async function reloaded(): Promise<Host[]> {
  const fresh = new Registry(store, journal);
  await fresh.load();
  return fresh.list();
}
const story = async () => (await journal.list({})).map((e) => `${e.severity} ${e.kind}: ${e.message}`);
const changes = () => {
  const heard: string[] = [];
  registry.onChange((host, id) => heard.push(host ? `${host.name} ${host.state}` : `gone ${id}`));
  return heard;
};

it('a host that the store did not forget is not forgotten', async () => {
  const { id } = await registry.declare({ name: 'node1', macs: [MAC] });
  const heard = changes();
  await store.schema.dropTable('sessions').execute();
  await expect(registry.remove(id)).rejects.toThrow('no such table');
  expect(registry.list().map((host) => host.name)).toEqual(['node1']);
  expect(heard).toEqual([]);
  expect(await reloaded()).toEqual(registry.list());
});

describe('signals', () => {
  it('of many hosts at one moment share their commits, and each is kept', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `node${i}`);
    await registry.declareAll(names.map((name) => ({ name })));
    const commits = vi.spyOn(store, 'transaction');
    await Promise.all(registry.list().map(({ id }) => registry.signal(id, 'booted', 'script')));
    // The first one waits for nobody: two of the hosts, two of the journal.
    expect(commits.mock.calls.length).toBeLessThanOrEqual(5);
    const now = await reloaded();
    expect(now).toHaveLength(100);
    expect(new Set(now.map(({ state }) => state))).toEqual(new Set(['booting']));
    expect((await story()).filter((line) => line.includes('declared → booting'))).toHaveLength(100);
  });
  it('a transition is kept with its time and reason, journalled and announced', async () => {
    const { id } = await registry.declare({ name: 'node1', macs: [MAC] });
    const heard = changes();
    time += 1000;
    await registry.signal(id, 'booted', 'script for node1');
    await registry.signal(id, 'contested', 'second claimant');
    expect(registry.get(id)).toMatchObject({
      state: 'frozen',
      reason: 'second claimant',
      stateSince: '2026-01-01T00:00:01.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    expect(await story()).toEqual([
      'notice host: declared',
      'notice state: declared → booting: script for node1',
      'error state: booting → frozen: second claimant',
    ]);
    expect((await journal.list({}))[1]).toMatchObject({ hostId: id, mac: MAC });
    expect(heard).toEqual(['node1 booting', 'node1 frozen']);
    expect(await reloaded()).toEqual(registry.list());
  });
  it('that mean nothing in a state change nothing but what they bring along', async () => {
    const { id } = await registry.declare({ name: 'node1' });
    await registry.signal(id, 'proved', 'x', { managementAddress: '192.0.2.9' });
    expect(registry.get(id)).toMatchObject({
      state: 'declared',
      reason: 'declared',
      managementAddress: '192.0.2.9',
    });
    expect((await reloaded())[0]!.managementAddress).toBe('192.0.2.9');
    expect(await story()).toHaveLength(1);
  });
  it('of a host that was merely seen again cost no write and no announcement', async () => {
    const { id } = await registry.declare({ name: 'node1' });
    await registry.update(id, { state: 'up', managementAddress: '192.0.2.9', inventory: inventory() });
    const before = await store.selectFrom('hosts').selectAll().execute();
    const heard = changes();
    const { managementAddress, inventory: kept } = registry.get(id);
    const seen = { lastSeen: '2026-01-01T00:00:30.000Z', managementAddress, inventory: kept };
    await registry.signal(id, 'heartbeat', 'heartbeats are back', seen);
    expect(registry.get(id).lastSeen).toBe('2026-01-01T00:00:30.000Z');
    expect(await store.selectFrom('hosts').selectAll().execute()).toEqual(before);
    expect(heard).toEqual([]);
    await registry.signal(id, 'silent', 'no heartbeat for 31 s');
    expect((await reloaded())[0]).toMatchObject({ state: 'lost', lastSeen: '2026-01-01T00:00:30.000Z' });
  });
  it('of one moment see each other, and the newest is what is stored', async () => {
    const { id } = await registry.declare({ name: 'node1' });
    const signals = ['booted', 'registered', 'probing', 'proved'] as const;
    await Promise.all(signals.map((signal) => registry.signal(id, signal, signal)));
    expect(registry.get(id).state).toBe('up');
    expect(await reloaded()).toEqual(registry.list());
  });
  it('hostile reasons become one plain line, tokens are masked', async () => {
    const { id } = await registry.declare({ name: 'node1' });
    await registry.signal(id, 'booted', `a\u001b[2J\nrackhand.token=${'ab'.repeat(16)}`);
    expect(registry.get(id).reason).toBe('a\ufffd[2J rackhand.token=[token]');
  });
  it('for a host that is gone are an error', async () => {
    await expect(registry.signal('absent', 'seen', 'x')).rejects.toMatchObject({ code: 'host-absent' });
  });
});

describe('machines that nobody declared', () => {
  it('wait under a name made of what they were seen as', async () => {
    const host = await registry.addPending(MAC, [MAC, '52:54:00:00:00:02']);
    expect(host).toMatchObject({
      ...{ name: 'pending-525400000001', macs: [MAC, '52:54:00:00:00:02'], state: 'pending' },
      ...{ approved: false, declared: false, arm: 'off' },
    });
  });
  it.each([
    ['the same name again', ['pending-525400000001'], MAC, 'pending-525400000001-2'],
    ['a UUID in capitals', [], '4C4C4544-0042-4A10', 'pending-4c4c454400424a10'],
    ['nothing to be named after', [], '', 'pending-machine'],
    ['a long text', [], 'x'.repeat(300), `pending-${'x'.repeat(40)}`],
  ])('%s', async (_what, taken, seenAs, expected) => {
    for (const name of taken) await registry.declare({ name });
    expect((await registry.addPending(seenAs, [])).name).toBe(expected);
    expect(await reloaded()).toEqual(registry.list());
  });
  it('with a bond, interfaces without an address and more functions than a declaration may name', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `52:54:00:00:01:${i.toString(16).padStart(2, '0')}`);
    const { macs } = await registry.addPending(MAC, [MAC, MAC, '00:00:00:00:00:00', ...many]);
    expect(macs).toEqual([MAC, ...many.slice(0, 63)]);
  });
});

describe('declareAll', () => {
  it('a waiting machine that is declared by its name is approved', async () => {
    const { id, name } = await registry.addPending(MAC, [MAC]);
    await registry.declareAll([{ name, macs: [MAC], arm: 'always' }]);
    expect(registry.get(id)).toMatchObject({
      approved: true,
      declared: true,
      state: 'discovered',
      arm: 'always',
    });
  });
  it('with onlyChanged, a file that is read again does not arm a host again', async () => {
    const file = [{ name: 'node1', macs: [MAC], arm: 'once' as const }];
    await registry.declareAll(file, true);
    await registry.update(registry.get('node1').id, { arm: 'off', rack: 'r9' }); // used up; moved by a person
    expect(await registry.declareAll(file, true)).toEqual({
      declared: [],
      replaced: [],
      unchanged: ['node1'],
    });
    expect(registry.get('node1')).toMatchObject({ arm: 'off', rack: 'r9' });
    expect((await registry.declareAll([{ ...file[0]!, rack: 'r2' }], true)).replaced).toEqual(['node1']);
    expect(registry.get('node1')).toMatchObject({ arm: 'once', rack: 'r2' });
    expect((await registry.declareAll(file)).replaced).toEqual(['node1']);
  });
});

describe('a declaration with the MAC of a waiting machine', () => {
  const OTHER = '52:54:00:00:00:02';
  const token = (hash: string, hostId: string) =>
    store
      .insertInto('tokens')
      .values({
        ...{ hash, hostId, purpose: 'inventory', mac: null, expiresAt: '2026-01-01T00:20:00.000Z' },
        ...{ publicKey: 'k1', claimedAt: '2026-01-01T00:00:00.000Z', revoked: 0 },
      })
      .execute();
  const revoked = async () =>
    (await store.selectFrom('tokens').select('revoked').execute()).map((t) => t.revoked);

  it.each<[string, (given: HostDeclarationInput) => Promise<unknown>]>([
    ['alone', (given) => registry.declare(given)],
    ['in a list', (given) => registry.declareAll([given])],
    ['in a file', (given) => registry.declareAll([given], true)],
  ])('%s makes the machine that host; armed, it goes on with its token', async (_how, declare) => {
    const { id, createdAt } = await registry.addPending(MAC, [MAC, OTHER]);
    await registry.update(id, { inventory: inventory() });
    await token('t1', id);
    await declare({ name: 'node1', macs: [MAC], arm: 'once' });
    expect(registry.list()).toHaveLength(1);
    expect(registry.get('node1')).toMatchObject({
      ...{ id, createdAt, inventory: inventory(), macs: [MAC], arm: 'once' },
      ...{ approved: true, declared: true, state: 'discovered' },
    });
    expect(await revoked()).toEqual([0]);
    expect(await story()).toContain(
      'notice host: declared: it is pending-525400000001, which waited for approval',
    );
    expect(await reloaded()).toEqual(registry.list());
  });
  it('that is not armed: its token is withdrawn, for it was never armed', async () => {
    const { id } = await registry.addPending(MAC, [MAC]);
    await token('t1', id);
    await registry.declare({ name: 'node1', macs: [MAC] });
    expect(await revoked()).toEqual([1]);
  });
  it('of a known host: the machine is that host, and waits no more', async () => {
    const { id } = await registry.declare({ name: 'node1', macs: [MAC], rack: 'r1' });
    const waiting = await registry.addPending(OTHER, [OTHER]);
    await token('t1', waiting.id);
    await registry.declareAll([{ name: 'node1', macs: [MAC, OTHER] }], true);
    expect(registry.list()).toMatchObject([{ id, name: 'node1', macs: [MAC, OTHER] }]);
    expect(await revoked()).toEqual([1]);
    expect(await reloaded()).toEqual(registry.list());
  });
  it('of two machines: the first is the host, the other waits no more', async () => {
    const first = await registry.addPending(MAC, [MAC]);
    await registry.addPending(OTHER, [OTHER]);
    await registry.declare({ name: 'node1', macs: [MAC, OTHER] });
    expect(registry.list().map(({ id }) => id)).toEqual([first.id]);
  });
  it('and two declarations for one machine: the first gets it', async () => {
    const { id } = await registry.addPending(MAC, [MAC, OTHER]);
    const both = [
      { name: 'node1', macs: [MAC] },
      { name: 'node2', macs: [OTHER] },
    ];
    expect((await registry.declareAll(both)).declared).toEqual(['node1', 'node2']);
    expect(registry.get('node1').id).toBe(id);
    expect(registry.get('node2').id).not.toBe(id);
  });
  it('that two claimed stays frozen, and that collides leaves it waiting', async () => {
    const { id, name } = await registry.addPending(MAC, [MAC]);
    await registry.declare({ name: 'node2', serial: 'S2' });
    await expect(registry.declare({ name: 'node1', macs: [MAC], serial: 'S2' })).rejects.toMatchObject({
      code: 'host-collides',
    });
    expect(registry.get(name)).toMatchObject({ id, approved: false, state: 'pending' });
    await registry.signal(id, 'contested', 'second claimant');
    await registry.declare({ name: 'node1', macs: [MAC] });
    expect(registry.get('node1')).toMatchObject({ id, approved: true, state: 'frozen' });
  });
});

describe('the store', () => {
  it('gives back after a start what was there', async () => {
    await registry.declareAll([{ name: 'b', macs: [MAC], unit: 3 }, { name: 'a' }]);
    await registry.remove(registry.get('a').id);
    await registry.declare({ name: 'a', kernelArguments: ['quiet'] });
    expect((await reloaded()).map((host) => host.name)).toEqual(['a', 'b']);
    expect(await reloaded()).toEqual(registry.list());
  });
  it('with a row that cannot be read names it', async () => {
    for (const document of ['{', '{"id":"h1"}']) {
      await store.deleteFrom('hosts').execute();
      await store.insertInto('hosts').values({ id: 'h1', name: 'node1', document }).execute();
      await expect(reloaded()).rejects.toMatchObject({
        code: 'store-broken',
        message: 'host node1 (h1) in the database cannot be read',
      });
    }
  });
  it('that fails leaves memory as the store is', async () => {
    const { id } = await registry.declare({ name: 'node1' });
    await store.schema.alterTable('hosts').renameTo('elsewhere').execute();
    const heard = changes();
    await expect(registry.update(id, { rack: 'r1' })).rejects.toThrow(/no such table/);
    await expect(registry.declare({ name: 'node2' })).rejects.toThrow(/no such table/);
    expect(registry.list().map((host) => [host.name, host.rack])).toEqual([['node1', undefined]]);
    expect(heard).toEqual([]);
  });
});

it('get finds by id or name, find by what machines show', async () => {
  const { id } = await registry.declare({ name: 'node1', serial: 'S1' });
  await registry.update(id, { inventory: inventory() });
  expect([registry.get(id).name, registry.get('node1').id, registry.peek(id)?.name]).toEqual([
    'node1',
    id,
    'node1',
  ]);
  expect(matchHost(registry.matchable(), { mac: '52:54:00:00:00:f2' })).toMatchObject({
    kind: 'host',
    by: 'inventory',
    host: { id },
  });
  expect(matchHost(registry.matchable(), { serial: 's1' })).toMatchObject({ kind: 'host', by: 'serial' });
  expect(matchHost(registry.matchable(), { mac: '52:54:00:00:00:99' })).toEqual({ kind: 'none' });
  expect(() => registry.get('absent')).toThrow(expect.objectContaining({ code: 'host-absent' }));
  expect(registry.peek('node1')).toBeUndefined();
});
