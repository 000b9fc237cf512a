import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseLog } from '../../../../pxe-server/dhcp/leases/log.ts';
import { leaseRecord } from '../../../../pxe-server/dhcp/leases/record.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { seeded } from '../../../shared/random.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-leases-'));
  path = join(folder, 'leases.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const everything = parseCidr('0.0.0.0/0')!;
const lease = (address: number, fields: Partial<Lease> = {}): Lease => ({
  address,
  client: `52:54:00:00:00:${(address & 255).toString(16).padStart(2, '0')}`,
  state: 'bound',
  expires: 1_700_000_000_000 + address,
  ...fields,
});

/** The log and the table that it repeats. */
function open(at = path) {
  const table = new LeaseTable([everything]);
  const log = new LeaseLog(at, (found) => table.load(found));
  return {
    log,
    table,
    commit(...leases: Lease[]) {
      for (const one of leases) log.add(one);
      log.commit(table);
      for (const one of leases) table.put(one);
    },
    all: () => [...table.all()].sort((a, b) => a.address - b.address),
  };
}

/** What another process finds. */
function onDisk(at = path): Lease[] {
  const { log, all } = open(at);
  log.close();
  return all();
}

describe('leases on disk', () => {
  it.each<[string, Lease[]]>([
    ['hardware addresses', [lease(1), lease(2), lease(3)]],
    ['names', [lease(1, { client: 'id:ff00' }), lease(2, { client: `id:${'ab'.repeat(255)}` })]],
    [
      'every state that is kept',
      [lease(1), lease(2, { state: 'released' }), lease(3, { state: 'declined' })],
    ],
    ['addresses above 2³¹ and times beyond 2³²', [lease(0xfffffffe, { expires: 8e12 })]],
    ['times that are no whole numbers', [lease(1, { expires: 5.5 })]],
  ])('%s are there again', (_name, leases) => {
    const { commit, log } = open();
    commit(...leases);
    log.close();
    expect(onDisk()).toEqual(leases);
  });
  it('are on disk once the commit returns, and not before', () => {
    const { log, table } = open();
    log.add(lease(1));
    expect(onDisk(copyOf(path))).toEqual([]);
    log.commit(table);
    expect(onDisk(copyOf(path))).toEqual([lease(1)]);
  });
  it('one for each address, the last that was written', () => {
    const { commit } = open();
    commit(lease(1), lease(1, { client: 'id:0102' }));
    commit(lease(2), lease(1, { client: 'id:0304', expires: 7 }));
    expect(onDisk(copyOf(path))).toEqual([lease(1, { client: 'id:0304', expires: 7 }), lease(2)]);
  });
  it('an offer is not kept', () => {
    expect(() => open().log.add(lease(1, { state: 'offered' }))).toThrow('offered is not kept');
  });
});

/** As a power failure leaves it. */
function copyOf(from: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  const to = join(folder, `copy-${Math.random()}`);
  writeFileSync(to, change(readFileSync(from)));
  return to;
}

describe('a power failure', () => {
  it('at any byte of a commit leaves all commits before it', () => {
    const { commit, log } = open();
    commit(lease(1), lease(2));
    const before = usedBytes();
    commit(lease(3), lease(4));
    const after = usedBytes();
    log.close();
    for (let cut = before; cut < after; cut++) {
      const half = copyOf(path, (bytes) =>
        Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(bytes.length - cut)]),
      );
      expect(onDisk(half)).toEqual([lease(1), lease(2)]);
      const short = copyOf(path, (bytes) => bytes.subarray(0, cut));
      expect(onDisk(short)).toEqual([lease(1), lease(2)]);
    }
  });
  it('that wrote the end of a commit and not its beginning is one too', () => {
    const { commit, log } = open();
    commit(lease(1));
    const before = usedBytes();
    commit(lease(2), lease(3));
    log.close();
    const torn = copyOf(path, (bytes) => Buffer.from(bytes.fill(0, before, before + 20)));
    expect(onDisk(torn)).toEqual([lease(1)]);
  });
  it('before anything was written leaves an empty log', () => {
    for (const length of [0, 3, 8]) {
      writeFileSync(path, Buffer.alloc(length));
      expect(onDisk()).toEqual([]);
    }
  });
  it('and the log goes on where it was whole', () => {
    const first = open();
    first.commit(lease(1));
    const before = usedBytes();
    first.commit(lease(2));
    first.log.close();
    const half = copyOf(path, (bytes) => Buffer.from(bytes.fill(0, before + 5, before + 9)));
    const { commit, log } = open(half);
    commit(lease(3));
    log.close();
    expect(onDisk(half)).toEqual([lease(1), lease(3)]);
  });
});

/** Bytes up to the zeros that lie ahead. */
function usedBytes(): number {
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

describe('refuses, and says what to do', () => {
  it('a log that is damaged before commits that are whole', () => {
    const { commit, log } = open();
    commit(lease(1));
    const first = usedBytes();
    commit(lease(2));
    log.close();
    const damaged = copyOf(path, (bytes) => Buffer.from(bytes.fill(0xff, first - 4, first)));
    expect(() => onDisk(damaged)).toThrow(
      expect.objectContaining({
        code: 'leases-broken',
        message: expect.stringMatching(/damaged at byte 8: there are commits behind it$/),
        mend: expect.stringMatching(/rackhand leases import FILE$/),
      }),
    );
  });
  it('a file of another kind', () => {
    writeFileSync(path, 'SQLite format 3 and more');
    expect(() => onDisk()).toThrow(expect.objectContaining({ code: 'leases-broken' }));
    expect(readFileSync(path, 'latin1')).toBe('SQLite format 3 and more');
  });
  it('a folder that is not there', () => {
    expect(() => onDisk(join(folder, 'none', 'leases.log'))).toThrow(
      expect.objectContaining({ code: 'leases-broken', mend: 'check the folder, its owner and free space' }),
    );
  });
});

describe('written anew', () => {
  it('when most of it is stale; commits that come meanwhile are in it', () => {
    const { commit, log, table } = open();
    const random = seeded(7);
    let anew = 0;
    for (let round = 0; round < 400; round++) {
      commit(
        ...Array.from({ length: 700 }, () => lease(1 + Math.floor(random() * 5000), { expires: round })),
      );
      if (existsSync(`${path}.new`)) anew += 1;
      const size = statSync(path).size;
      log.tidy(table);
      if (statSync(path).size < size) break;
    }
    expect(anew).toBeGreaterThan(1);
    commit(lease(9, { expires: 1 }));
    const expected = [...table.all()].sort((a, b) => a.address - b.address);
    log.close();
    expect(existsSync(`${path}.new`)).toBe(false);
    expect(onDisk()).toEqual(expected);
  });
  it('if somebody takes the new file away, the old one stays and is good', () => {
    const { commit, log, table, all } = open();
    for (let round = 0; round < 400 && !existsSync(`${path}.new`); round++) {
      commit(
        ...Array.from({ length: 700 }, (_, i) => lease(1 + ((round * 700 + i) % 5000), { expires: round })),
      );
      log.tidy(table);
    }
    rmSync(`${path}.new`);
    for (let steps = 0; steps < 10 && log.tidy(table); steps++) expect(steps).toBeLessThan(9);
    commit(lease(9, { expires: 1 }));
    const expected = all();
    log.close();
    expect(onDisk()).toEqual(expected);
  });
  it('if it cannot be begun, commits go on in the old one', () => {
    mkdirSync(`${path}.new`);
    const { commit, log, table, all } = open();
    for (let round = 0; round < 400; round++) {
      commit(
        ...Array.from({ length: 700 }, (_, i) => lease(1 + ((round * 700 + i) % 5000), { expires: round })),
      );
      expect(log.tidy(table)).toBe(false);
    }
    const expected = all();
    log.close();
    expect(onDisk()).toEqual(expected);
  });
  it('takes turns with commits at the disk: who waits for it makes the next turn', () => {
    const done: ((failure: Error | undefined) => void)[] = [];
    const table = new LeaseTable([everything]);
    const log = new LeaseLog(path, () => undefined, leaseRecord, {
      sync: (_fd, told) => done.push(told),
      finish: () => undefined,
    });
    for (let round = 0; round < 400 && !existsSync(`${path}.new`); round++) {
      for (let i = 0; i < 700; i++) {
        const one = lease(1 + ((round * 700 + i) % 5000), { expires: round });
        log.add(one);
        table.put(one);
      }
      log.commit(table);
      log.tidy(table);
    }
    const step = () => ({ more: log.tidy(table), syncing: log.isSyncing, asked: done.length });
    expect(step()).toEqual({ more: false, syncing: true, asked: 1 });
    done.shift()!(undefined);
    log.add(lease(1));
    log.begin(table, () => undefined);
    expect(step()).toEqual({ more: false, syncing: true, asked: 1 });
    done.shift()!(undefined);
    expect(step()).toEqual({ more: false, syncing: true, asked: 1 });
    // A disk that fails here costs the new log alone.
    done.shift()!(new Error('EIO'));
    expect(existsSync(`${path}.new`)).toBe(false);
    log.begin(table, () => undefined);
    done.shift()!(undefined);
    log.close();
    expect(onDisk()).toHaveLength(5000);
  });
  it('what a crash left of it is not taken for the log', () => {
    const { commit, log } = open();
    commit(lease(1));
    log.close();
    appendFileSync(`${path}.new`, 'half');
    expect(onDisk()).toEqual([lease(1)]);
  });
});
