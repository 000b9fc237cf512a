import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entry, Journal } from '../../../pxe-server/events/journal.ts';
import { openStore, type Store } from '../../../pxe-server/store/database.ts';
import { prune } from '../../../pxe-server/store/retention.ts';

const DAY = 24 * 3600_000;
let time: number;
let store: Store;
let journal: Journal;
beforeEach(async () => {
  time = Date.parse('2026-01-01T00:00:00.000Z');
  store = await openStore(':memory:');
  journal = new Journal(store, () => new Date(time));
});
afterEach(() => store.destroy());

const pruned = (retention = { eventDays: 90, events: 1_000_000 }, signal = new AbortController().signal) =>
  prune({ store, retention, now: () => new Date(time), signal });
const record = (count: number, about: string) =>
  journal.recordAll(
    Array.from({ length: count }, (_, i): Entry => {
      return { kind: 'test', severity: 'info', hostId: null, mac: null, message: `${about} ${i}` };
    }),
  );
const messages = async () => (await journal.list({ limit: 1e6 })).map((event) => event.message);
const at = (milliseconds: number) => new Date(time + milliseconds).toISOString();

describe('events', () => {
  it('that are older than they are kept go, in many pieces', async () => {
    await record(1700, 'old');
    time += 89 * DAY;
    await record(3, 'new');
    await pruned();
    expect(await messages()).toHaveLength(1703);
    time += DAY + 1;
    await pruned();
    expect(await messages()).toEqual(['new 0', 'new 1', 'new 2']);
  });
  it('beyond their number go, the oldest first', async () => {
    await record(2000, 'e');
    await pruned({ eventDays: 90, events: 700 });
    expect(await messages()).toEqual(Array.from({ length: 700 }, (_, i) => `e ${1300 + i}`));
    const { id } = await journal.record({ ...(await journal.list({ limit: 1 }))[0]!, message: 'next' });
    expect(id).toBe(2001); // ids go on: who follows the stream misses nothing
  });
  it('are none when there are none', async () => {
    await pruned();
    expect(await messages()).toEqual([]);
  });
});

describe('tokens', () => {
  const mint = (hash: string, expiresAt: string, more: object = {}) => {
    const row = { hash, purpose: 'register' as const, hostId: 'h1', mac: null, expiresAt, revoked: 0 };
    return { ...row, publicKey: null, claimedAt: null, ...more };
  };
  const hashes = async () =>
    (await store.selectFrom('tokens').select('hash').execute()).map((row) => row.hash);

  it('go a day after their end; those of machines that still ask stay', async () => {
    const rows = [
      mint('good', at(1000)),
      mint('late', at(-DAY + 1000)),
      mint('late for long', at(-DAY - 1)),
      mint('claimed long ago', at(-2 * DAY), { claimedAt: at(-DAY - 1), publicKey: 'k' }),
      mint('asking', at(-9 * DAY), { claimedAt: at(-5000), publicKey: 'k', hostId: null }),
    ];
    await store.insertInto('tokens').values(rows).execute();
    await pruned();
    expect((await hashes()).sort()).toEqual(['asking', 'good', 'late']);
  });
  it('of strangers are kept up to a number, the newest; those of hosts and claimed ones stay', async () => {
    const kept = [
      mint('of a host', at(1)),
      mint('claimed', at(2), { hostId: null, claimedAt: at(0), publicKey: 'k' }),
    ];
    await store.insertInto('tokens').values(kept).execute();
    for (let from = 0; from < 21_200; from += 1060)
      await store
        .insertInto('tokens')
        .values(
          Array.from({ length: 1060 }, (_, i) => mint(`s${from + i}`, at(10 + from + i), { hostId: null })),
        )
        .execute();
    await pruned();
    const left = new Set(await hashes());
    expect(left.size).toBe(20_002);
    for (const hash of ['of a host', 'claimed', 's21199', 's1200']) expect(left.has(hash)).toBe(true);
    expect(left.has('s1199')).toBe(false);
  });
  it('of boots of hosts are kept up to a number too; what installs and registers by itself stays', async () => {
    const kept = [
      mint('installs', at(1), { purpose: 'install' }),
      mint('installed', at(1), { purpose: 'installed' }),
      mint('medium', at(1), { purpose: 'medium' }),
      mint('claimed', at(2), { claimedAt: at(0), publicKey: 'k' }),
    ];
    await store.insertInto('tokens').values(kept).execute();
    for (let from = 0; from < 51_000; from += 1000) {
      const row = (i: number) => mint(`h${from + i}`, at(10 + from + i), { purpose: 'kickstart' });
      await store
        .insertInto('tokens')
        .values(Array.from({ length: 1000 }, (_, i) => row(i)))
        .execute();
    }
    await pruned();
    const left = new Set(await hashes());
    expect(left.size).toBe(50_004);
    for (const hash of ['installs', 'installed', 'medium', 'claimed', 'h50999', 'h1000'])
      expect(left.has(hash)).toBe(true);
    expect(left.has('h999')).toBe(false);
  });
});

it('certificates go when they have ended', async () => {
  const row = (publicKey: string, notAfter: string) => ({
    publicKey,
    hostId: 'h1',
    pem: '',
    subject: '',
    notAfter,
  });
  await store
    .insertInto('certificates')
    .values([row('good', at(1)), row('ended', at(-1))])
    .execute();
  await pruned();
  expect(await store.selectFrom('certificates').select('publicKey').execute()).toEqual([
    { publicKey: 'good' },
  ]);
});

it('others have their turn between the pieces, and it ends when it is told to', async () => {
  await record(5000, 'old');
  time += 91 * DAY;
  const stop = new AbortController();
  const pruning = pruned(undefined, stop.signal);
  const left = async () => {
    const { count } = store.fn;
    return Number((await store.selectFrom('events').select(count('id').as('n')).executeTakeFirstOrThrow()).n);
  };
  for (let before = 5000; before > 2000; ) {
    await new Promise(setImmediate);
    const now = await left();
    expect(before - now).toBeLessThanOrEqual(1000); // one piece that went on, and one that waited before us
    before = now;
  }
  stop.abort();
  await pruning;
  expect(await left()).toBeGreaterThan(0);
});
