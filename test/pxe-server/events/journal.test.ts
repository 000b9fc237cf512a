import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Entry, Journal } from '../../../pxe-server/events/journal.ts';
import { openStore, type Store } from '../../../pxe-server/store/database.ts';

const NOW = '2026-01-01T00:00:00.000Z';
const entry = (message: string): Entry => ({
  kind: 'test',
  severity: 'info',
  hostId: 'h1',
  mac: null,
  message,
});

let store: Store;
let journal: Journal;
beforeEach(async () => {
  store = await openStore(':memory:');
  journal = new Journal(store, () => new Date(NOW));
});
afterEach(() => store.destroy());

it('keeps and tells an event with time and a growing id', async () => {
  const heard: unknown[] = [];
  const end = journal.subscribe((event) => heard.push(event));
  const first = await journal.record(entry('one'));
  const second = await journal.record(entry('two'));
  end();
  await journal.record(entry('three'));
  expect(first).toEqual({ id: first.id, time: NOW, ...entry('one') });
  expect(second.id).toBeGreaterThan(first.id);
  expect(heard).toEqual([first, second]);
  expect((await journal.list({})).slice(0, 2)).toEqual([first, second]);
});
it('masks tokens in what is kept and in what is told', async () => {
  const heard: string[] = [];
  journal.subscribe((event) => heard.push(event.message));
  await journal.record(entry(`script with ${'ab'.repeat(16)} sent`));
  expect(heard).toEqual(['script with [token] sent']);
  expect((await store.selectFrom('events').select('message').execute())[0]!.message).toBe(heard[0]);
});
it('many at once: in their order, each with its id, more than one INSERT takes', async () => {
  const messages = Array.from({ length: 2500 }, (_, i) => `e${i}`);
  const events = await journal.recordAll(messages.map(entry));
  expect(events.map((event) => event.message)).toEqual(messages);
  expect(await journal.list({ after: 0, limit: 1000 })).toEqual(events.slice(0, 1000));
  expect(await journal.lastId()).toBe(events.at(-1)!.id);
});
it('none at once is none', async () => {
  expect(await journal.recordAll([])).toEqual([]);
  expect(await journal.lastId()).toBe(0);
});
it('a follower that fails makes nothing happen twice', async () => {
  const end = journal.subscribe(({ message }) => {
    if (message === 'two') throw new Error('follower');
  });
  const told = await Promise.allSettled(['one', 'two', 'three'].map((text) => journal.record(entry(text))));
  end();
  expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await journal.list({})).map(({ message }) => message)).toEqual(['one', 'two', 'three']);
});
