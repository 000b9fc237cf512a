import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseDesk } from '../../../../pxe-server/dhcp/leases/desk.ts';
import type { Lease } from '../../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseLog } from '../../../../pxe-server/dhcp/leases/log.ts';
import { pack, unpack } from '../../../../pxe-server/dhcp/leases/packed.ts';
import type { LeaseFilter, Overruled } from '../../../../pxe-server/dhcp/leases/questions.ts';
import { LeaseTable } from '../../../../pxe-server/dhcp/leases/table.ts';
import { ipv4Number, ipv4Text, parseCidr } from '../../../../pxe-server/net/ipv4.ts';
import { type TestOffice, testOffice } from '../lease-office.ts';
import { macOf } from '../packets.ts';

const NOW = 1_800_000_000_000;
const [A, B, C] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b', '52:54:00:00:00:0c'] as const;
let desk: TestOffice;
beforeEach(() => {
  desk = testOffice(() => NOW);
});

const lease = (address: string, client: string, seconds = 3600, state: Lease['state'] = 'bound'): Lease => ({
  ...{ address: ipv4Number(address), client, state },
  expires: NOW + seconds * 1000,
});
const shown = (leases: Lease[]) => leases.map(({ address, client }) => `${ipv4Text(address)} ${client}`);

describe('a page', () => {
  beforeEach(() => {
    desk.put('192.0.2.102', B);
    desk.put('192.0.2.101', A);
    desk.put('198.51.100.101', A);
    desk.put('192.0.2.103', C, 'declined', 600);
    desk.put('192.0.2.104', C, 'bound', -1);
    desk.put('192.0.2.105', 'id:ff00', 'released', 0);
    desk.put('192.0.2.106', 'id:ff01', 'offered', 60);
  });
  const page = async (filter: Partial<LeaseFilter>, limit = 100) =>
    (await desk.office.page(0, limit, { state: 'all', ...filter })).leases.map(
      ({ address }) => address & 255,
    );
  it.each<[what: string, filter: Partial<LeaseFilter>, last: number[]]>([
    ['all, by address', {}, [101, 102, 103, 104, 105, 106, 101]],
    ['live', { state: 'live' }, [101, 102, 103, 106, 101]],
    ['bound', { state: 'bound' }, [101, 102, 101]],
    ['ended', { state: 'ended' }, [104]],
    ['released', { state: 'released' }, [105]],
    ['declined', { state: 'declined' }, [103]],
    ['offered', { state: 'offered' }, [106]],
    ['a subnet', { within: parseCidr('198.51.100.0/24')! }, [101]],
    ['a client', { clients: [A] }, [101, 101]],
    ['part of a MAC', { text: '00:0b' }, [102]],
    ['part of an address', { text: '2.10' }, [101, 102, 103, 104, 105, 106]],
    ['a text or a client', { text: '00:0b', clients: [C] }, [102, 103, 104]],
    ['none', { text: 'x' }, []],
  ])('%s', async (_what, filter, last) => {
    expect(await page(filter)).toEqual(last);
  });
  it('ends where it is full, and goes on there', async () => {
    const first = await desk.office.page(0, 3, { state: 'live' });
    expect(shown(first.leases)).toEqual([`192.0.2.101 ${A}`, `192.0.2.102 ${B}`, `192.0.2.103 ${C}`]);
    const second = await desk.office.page(first.next!, 3, { state: 'live' });
    expect(shown(second.leases)).toEqual(['192.0.2.106 id:ff01', `198.51.100.101 ${A}`]);
    expect(second).toMatchObject({ total: 7 });
    expect(second.next).toBeUndefined();
  });
});

it('65,536 leases come in parts of two milliseconds each, and each lease once', async () => {
  const network = parseCidr('10.0.0.0/16')!;
  const table = new LeaseTable([network]);
  for (let i = 0; i < 65_536; i++)
    table.put({ address: network.first + i, client: macOf(i), state: 'bound', expires: NOW + 1000 });
  let clock = 0;
  const slow = new LeaseDesk({
    ...{ table, log: {} as LeaseLog, subnets: [], now: () => NOW },
    reservations: { addressOf: () => undefined, clientOf: () => undefined },
    elapsed: () => clock++, // a millisecond for each 256 addresses
  });
  const found: number[] = [];
  let parts = 0;
  for (let from: number | undefined = 0; from !== undefined; parts++) {
    const page = slow.ask({ ask: 'page', from, limit: 70_000, filter: { state: 'all' } }) as {
      leases: Lease[];
      next?: number;
    };
    found.push(...page.leases.map(({ address }) => address - network.first));
    from = page.next;
  }
  expect(found).toEqual(Array.from({ length: 65_536 }, (_, i) => i));
  expect(parts).toBe(65_536 / 256 / 2 + 1);
});

describe('a release', () => {
  it('of an address: its machine is its former one, anybody may have it', async () => {
    desk.put('192.0.2.101', A);
    expect(shown((await desk.office.release({ address: ipv4Number('192.0.2.101') })).released)).toEqual([
      `192.0.2.101 ${A}`,
    ]);
    expect(desk.table.at(ipv4Number('192.0.2.101'))).toMatchObject({
      state: 'released',
      client: A,
      expires: NOW,
    });
    expect((await desk.office.release({ address: ipv4Number('192.0.2.101') })).released).toEqual([]);
  });
  it('of a machine: everything it has, in each subnet', async () => {
    desk.put('192.0.2.101', A);
    desk.put('198.51.100.101', A);
    desk.put('198.51.100.102', A, 'offered', 60);
    desk.put('192.0.2.102', B);
    const { released } = await desk.office.release({ client: A });
    expect(shown(released)).toEqual([`192.0.2.101 ${A}`, `198.51.100.101 ${A}`, `198.51.100.102 ${A}`]);
    expect(desk.table.at(ipv4Number('198.51.100.102'))).toBeUndefined();
    expect(desk.table.at(ipv4Number('192.0.2.102'))).toMatchObject({ state: 'bound' });
  });
  it('of a declined address: it may be given again', async () => {
    desk.put('192.0.2.103', C, 'declined', 600);
    await desk.office.release({ address: ipv4Number('192.0.2.103') });
    expect(desk.table.at(ipv4Number('192.0.2.103'))).toMatchObject({ state: 'released' });
  });
});

describe('an import', () => {
  /** What becomes of one lease: "taken" or why not. */
  const verdict = async (given: Lease, take: Overruled[] = [], dryRun = false) => {
    const { taken, left } = await desk.office.import([given], take, dryRun);
    expect(taken + left.length).toBe(1);
    return left[0]?.[1] ?? 'taken';
  };
  beforeEach(() => {
    desk.put('192.0.2.101', A);
    desk.put('192.0.2.102', B, 'bound', -1);
    desk.put('192.0.2.103', C, 'declined', 600);
    desk.reserved.set('52:54:00:00:00:0d', '192.0.2.50');
  });
  const NEW = '52:54:00:00:00:99';
  const PROMISED = '52:54:00:00:00:0d';
  it.each<[what: string, given: Lease, expected: string, overruled?: string]>([
    ['a new one', lease('192.0.2.110', NEW), 'taken'],
    ['an identifier', lease('192.0.2.110', 'id:ff00'), 'taken'],
    ['declined', lease('192.0.2.110', 'id:', 600, 'declined'), 'taken'],
    ['ended, of an unknown machine', lease('192.0.2.110', NEW, -60), 'taken'],
    ['longer than the one it has', lease('192.0.2.101', A, 7200), 'taken'],
    ['as it is', lease('192.0.2.101', A), 'unchanged', 'unchanged'],
    ['older than it is', lease('192.0.2.101', A, 60), 'unchanged', 'unchanged'],
    ['ended, at what the machine has', lease('192.0.2.101', A, -60), 'unchanged', 'unchanged'],
    ['ended, of another address than the machine has', lease('192.0.2.110', A, -60), 'ended', 'ended'],
    ['ended, at what another has', lease('192.0.2.101', NEW, -60), 'ended', 'ended'],
    ['an address that another had', lease('192.0.2.102', NEW), 'taken'],
    ['an address that another has', lease('192.0.2.101', NEW), 'leased', 'taken'],
    ['an address that answers elsewhere', lease('192.0.2.103', NEW), 'leased', 'taken'],
    ['another address than the machine has', lease('192.0.2.110', A), 'elsewhere', 'taken'],
    ['the machine has one in another subnet', lease('198.51.100.110', A), 'taken'],
    ['an address that is promised to another', lease('192.0.2.50', NEW), 'outside', 'outside'],
    ['a promised address', lease('192.0.2.50', PROMISED), 'taken'],
    ['another address than the promised one', lease('192.0.2.110', PROMISED), 'reserved', 'taken'],
    ['no subnet of ours', lease('203.0.113.5', NEW), 'unserved', 'unserved'],
    ['the router', lease('192.0.2.254', NEW), 'excluded', 'excluded'],
    ['our own address', lease('192.0.2.1', NEW), 'excluded', 'excluded'],
    ['the address of the subnet', lease('192.0.2.0', NEW), 'excluded', 'excluded'],
    ['no range', lease('192.0.2.20', NEW), 'outside', 'outside'],
  ])('%s', async (_what, given, expected, overruled = 'taken') => {
    const before = [...desk.table.all()];
    expect(await verdict(given, [], true)).toBe(expected);
    expect([...desk.table.all()]).toEqual(before); // a dry run changes nothing
    expect(await verdict(given, ['leased', 'reserved'], true)).toBe(overruled);
    expect(await verdict(given)).toBe(expected);
    if (expected === 'taken') expect(desk.table.at(given.address)).toEqual(given);
    else expect([...desk.table.all()]).toEqual(before);
  });
  it('an address in a range that is promised to another', async () => {
    desk.reserved.set(PROMISED, '192.0.2.150');
    const given = lease('192.0.2.150', NEW);
    expect(await verdict(given, ['leased'])).toBe('reserved');
    expect(await verdict(given, ['reserved'])).toBe('taken');
  });
  it('that moves a machine ends its lease at the old address', async () => {
    expect(await verdict(lease('192.0.2.110', A), ['leased'])).toBe('taken');
    expect(desk.table.at(ipv4Number('192.0.2.101'))).toMatchObject({ state: 'released', expires: NOW });
    expect(desk.table.of(A, parseCidr('192.0.2.0/24')!)).toMatchObject({
      address: ipv4Number('192.0.2.110'),
    });
  });
  it('of two of one machine takes the one that ends last; of others each', async () => {
    const list = [
      lease('192.0.2.111', NEW, 60),
      lease('192.0.2.112', NEW, 600),
      lease('198.51.100.112', NEW, 60),
    ];
    expect(await desk.office.import(list, [], false)).toEqual({ taken: 2, left: [[0, 'elsewhere']] });
    expect(desk.table.at(ipv4Number('192.0.2.111'))).toBeUndefined();
  });
});

describe('on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rackhand-desk-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const found = () => {
    const leases = new Map<number, Lease>();
    new LeaseLog(join(folder, 'leases.log'), (read) => leases.set(read.address, read)).close();
    return [...leases.values()];
  };
  it('is what was imported and released, and what was refused is not', async () => {
    const log = new LeaseLog(join(folder, 'leases.log'), () => undefined);
    const real = testOffice(() => NOW, log);
    const list = Array.from({ length: 100 }, (_, i) => lease(`192.0.2.${100 + i}`, macOf(i)));
    expect(await real.office.import([...list, lease('203.0.113.5', A)], [], false)).toMatchObject({
      taken: 100,
    });
    await real.office.release({ address: ipv4Number('192.0.2.100') });
    log.close();
    const read = found();
    expect(read).toHaveLength(100);
    expect(read[0]).toMatchObject({ state: 'released', client: macOf(0), expires: NOW });
    expect(read.slice(1)).toEqual(list.slice(1));
  });
  it('nothing of it, when the disk refuses: not in memory either', async () => {
    const refusing = {
      commit: () => {
        throw new Error('ENOSPC: no space left on device');
      },
    } as unknown as LeaseLog;
    const real = testOffice(() => NOW, refusing);
    real.put('192.0.2.101', A);
    const refused = { code: 'leases-unwritten', message: expect.stringContaining('no space left') };
    await expect(real.office.import([lease('192.0.2.110', B)], [], false)).rejects.toMatchObject(refused);
    await expect(real.office.release({ client: A })).rejects.toMatchObject(refused);
    expect([...real.table.all()]).toEqual([lease('192.0.2.101', A)]);
  });
  it('half of it never: a frame that a crash cut is no frame', async () => {
    const path = join(folder, 'leases.log');
    const log = new LeaseLog(path, () => undefined);
    const real = testOffice(() => NOW, log);
    await real.office.import([lease('192.0.2.110', A)], [], false);
    const list = Array.from({ length: 50 }, (_, i) => lease(`192.0.2.${120 + i}`, macOf(i)));
    await real.office.import(list, [], false);
    log.close();
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf('RHLF');
    writeFileSync(path, bytes.subarray(0, end + 700));
    expect(found()).toEqual([lease('192.0.2.110', A)]);
  });
});

it('a question goes to the thread and comes out as it was', () => {
  const leases = [lease('192.0.2.110', A), lease('192.0.2.111', 'id:', 5, 'declined')];
  const question = { ask: 'import', leases, take: ['leased'], dryRun: true } as const;
  expect(unpack(structuredClone(pack({ ...question, take: [...question.take] })))).toEqual(question);
  const none = { ask: 'import' as const, leases: [], take: [], dryRun: false };
  expect(unpack(pack(none))).toEqual(none);
});
