import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseFile } from '../../../pxe-server/dhcp/lease-file.ts';
import type { Lease } from '../../../pxe-server/dhcp/leases.ts';

let folder: string;
let path: string;
let open: LeaseFile[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-leases-'));
  path = join(folder, 'leases.db');
  open = [];
});
afterEach(() => {
  for (const file of open) file.close();
  rmSync(folder, { recursive: true });
});

function leaseFile(): LeaseFile {
  const file = new LeaseFile(path);
  open.push(file);
  return file;
}
const lease = (address: number, fields: Partial<Lease> = {}): Lease => ({
  address,
  client: `52:54:00:00:00:0${address}`,
  state: 'bound',
  expires: 1_700_000_000_000 + address,
  ...fields,
});
/** What another process sees on disk. */
const rows = () => {
  const other = new Database(path, { readonly: true });
  const found = other.prepare('select * from leases order by address').all();
  other.close();
  return found;
};
const saved = (file: LeaseFile, ...leases: Lease[]) =>
  new Promise<Error | undefined>((resolve) => file.save(leases, resolve));

describe('leases on disk', () => {
  it('are there again when the file is opened again', async () => {
    const first = leaseFile();
    expect(first.load()).toEqual([]);
    expect(await saved(first, lease(3), lease(1))).toBeUndefined();
    await saved(first, lease(2, { state: 'declined', client: 'id:ff00' }));
    first.close();
    open = [];
    expect(leaseFile().load()).toEqual([
      lease(1),
      lease(2, { state: 'declined', client: 'id:ff00' }),
      lease(3),
    ]);
  });
  it('one for each address: the last that was saved', async () => {
    const file = leaseFile();
    await Promise.all([saved(file, lease(1)), saved(file, lease(1, { client: 'id:0102', expires: 5.5 }))]);
    expect(file.load()).toEqual([lease(1, { client: 'id:0102', expires: 6 })]);
  });
  it('the newest last, so that it counts for its client', async () => {
    const file = leaseFile();
    await saved(file, lease(1, { expires: 900 }), lease(2, { expires: 100 }), lease(3, { expires: 500 }));
    expect(file.load().map(({ address }) => address)).toEqual([2, 3, 1]);
  });
  it('addresses above 2³¹ and times beyond 2³² are kept whole', async () => {
    const file = leaseFile();
    const last = lease(0xfffffffe, { expires: 8_000_000_000_000 });
    await saved(file, last);
    expect(file.load()).toEqual([last]);
  });
});

describe('the commit', () => {
  it('is done before the callback', async () => {
    const file = leaseFile();
    const seen = await new Promise((resolve) => file.save([lease(1)], () => resolve(rows())));
    expect(seen).toEqual([lease(1)]);
  });
  it('is shared by all who wait, and comes without more of them', async () => {
    const file = leaseFile();
    const order: number[] = [];
    const waiting = [1, 2, 3].map(
      (address) =>
        new Promise<void>((resolve) => {
          file.save([lease(address)], () => {
            order.push(address);
            expect(rows()).toHaveLength(3);
            resolve();
          });
        }),
    );
    expect(rows()).toEqual([]);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });
  it('does not wait when the service ends', () => {
    const file = leaseFile();
    let error: Error | undefined | null = null;
    file.save([lease(1)], (e) => {
      error = e;
    });
    file.flush();
    expect(error).toBeUndefined();
    expect(rows()).toEqual([lease(1)]);
  });
  it('takes the lease as it was when it was saved', async () => {
    const file = leaseFile();
    const changing = lease(1);
    const done = saved(file, changing);
    changing.client = 'id:changed';
    await done;
    expect(rows()).toEqual([lease(1)]);
  });
});

describe('a disk that fails', () => {
  /** Lets every write fail as a full disk does, for as long as it is there. */
  const spoil = (fails: boolean) => {
    const other = new Database(path);
    other.exec(
      fails
        ? "create trigger full before insert on leases when new.address > 1 begin select raise(abort, 'disk full'); end"
        : 'drop trigger full',
    );
    other.close();
  };
  it('is told to all of the batch, and nothing of it stays', async () => {
    const file = leaseFile();
    await saved(file, lease(1));
    spoil(true);
    const errors = await Promise.all([saved(file, lease(1, { client: 'id:0102' })), saved(file, lease(2))]);
    expect(errors.map((error) => error?.message)).toEqual(['disk full', 'disk full']);
    expect(rows()).toEqual([lease(1)]);
  });
  it('is no longer felt once it works again', async () => {
    const file = leaseFile();
    spoil(true);
    expect(await saved(file, lease(2))).toBeInstanceOf(Error);
    spoil(false);
    expect(await saved(file, lease(2))).toBeUndefined();
    expect(rows()).toEqual([lease(2)]);
  });
  it('a lock of another process is waited for no longer than clients wait', async () => {
    const file = leaseFile();
    const other = new Database(path);
    other.exec('begin immediate');
    const before = performance.now();
    expect((await saved(file, lease(1)))?.message).toBe('database is locked');
    expect(performance.now() - before).toBeLessThan(4000);
    other.close();
    expect(await saved(file, lease(1))).toBeUndefined();
  });
});

describe('refuses, and says what to do', () => {
  it.each([
    [
      'a file that is no database',
      () => writeFileSync(path, 'x'.repeat(5000)),
      /^cannot open the leases in .*not a database$/,
    ],
    ['a folder that is not there', () => rmSync(folder, { recursive: true }), /^cannot open the leases in /],
    [
      'a table of another kind',
      () => new Database(path).exec('create table leases (address text) strict').close(),
      /^cannot open the leases in .*no column named client/,
    ],
  ])('%s', (_name, spoil, message) => {
    spoil();
    expect(() => new LeaseFile(path)).toThrow(
      expect.objectContaining({
        code: 'leases-broken',
        message: expect.stringMatching(message),
        mend: 'check the folder, its owner and free space',
      }),
    );
    if (message.source.endsWith('in ')) folder = mkdtempSync(join(tmpdir(), 'rackhand-leases-'));
  });
  it('pages that are damaged', async () => {
    const file = leaseFile();
    await saved(file, ...Array.from({ length: 2000 }, (_, i) => lease(i + 1, { client: `id:${i}` })));
    file.close();
    const bytes = Buffer.alloc(4096 * 4, 0xff);
    const fd = openSync(path, 'r+');
    writeSync(fd, bytes, 0, bytes.length, 4096);
    closeSync(fd);
    open = [];
    expect(() => leaseFile().load()).toThrow(
      expect.objectContaining({ code: 'leases-broken', message: expect.stringMatching(/malformed$/) }),
    );
  });
});
