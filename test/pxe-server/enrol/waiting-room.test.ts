import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WaitingRoom } from '../../../pxe-server/enrol/waiting-room.ts';
import { type Books, openBooks } from './desk.ts';

let books: Books;
let room: WaitingRoom;
beforeEach(async () => {
  books = await openBooks();
  room = new WaitingRoom({ ...books, most: 3 });
});
afterEach(() => books.close());

const mac = (n: number) => `52:54:00:00:00:0${n}`;
const come = (n: number) => room.admit(`m${n}`, [mac(n)]);
/** As a machine does that asks again. */
const ask = (name: string) =>
  books.registry.update(books.registry.get(name).id, { lastSeen: books.now().toISOString() });
const names = () => books.registry.list().map((host) => host.name);

describe('machines that wait for approval', () => {
  it('are as many as may wait; of more, the one that was silent longest goes', async () => {
    for (const n of [1, 2, 3]) await come(n);
    books.pass(50);
    await ask('pending-m1');
    await ask('pending-m3');
    books.pass(20);
    await come(4);
    expect(names()).toEqual(['pending-m1', 'pending-m3', 'pending-m4']);
    expect(await books.story()).toContain('makes room for a newer unknown machine; it was silent for 70 s');
    expect(books.registry.get('pending-m4')).toMatchObject({ state: 'pending', macs: [mac(4)] });
  });
  it('that are all there keep their places: the newest has to come again, and that is told once', async () => {
    for (const n of [1, 2, 3]) await come(n);
    books.pass(59);
    for (const n of [4, 5])
      await expect(come(n)).rejects.toMatchObject({ status: 503, code: 'pending-full' });
    expect(names()).toEqual(['pending-m1', 'pending-m2', 'pending-m3']);
    const told = (await books.story()).filter((line) => line.includes('wait for approval'));
    expect(told).toEqual(['3 machines wait for approval, more are turned away: approve or remove some']);
    books.pass(1);
    await come(4);
    expect(names()).toHaveLength(3);
  });
  it('never push out a host that is approved', async () => {
    for (let n = 1; n <= 3; n++) await books.registry.declare({ name: `node${n}` });
    books.pass(3600);
    for (const n of [1, 2, 3]) await come(n);
    expect(names()).toHaveLength(6);
    await expect(come(4)).rejects.toMatchObject({ code: 'pending-full' });
  });
  it('that come at one moment are not more than may wait', async () => {
    for (const n of [1, 2, 3]) await come(n);
    books.pass(100);
    await Promise.all([4, 5, 6].map(come));
    expect(names()).toEqual(['pending-m4', 'pending-m5', 'pending-m6']);
  });
});
