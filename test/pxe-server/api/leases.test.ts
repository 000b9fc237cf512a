import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inventory } from '../hosts/inventory-fixture.ts';
import { type Answer, openApi, type TestApi } from './fixture.ts';

const [A, B, C] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b', '52:54:00:00:00:0c'] as const;
const D = '52:54:00:00:00:0d';
let api: TestApi;
beforeEach(async () => {
  api = await openApi();
  await api.registry.declare({ name: 'node1', macs: [A], address: '192.0.2.101' });
  api.leases.put('192.0.2.101', A);
  api.leases.put('192.0.2.102', B, 'bound', 60);
  api.leases.put('192.0.2.103', C, 'declined', 600);
  api.leases.put('192.0.2.104', 'id:ff00', 'released', 0);
  api.leases.put('198.51.100.101', B, 'bound', -60);
  api.leases.put('198.51.100.102', 'id:ff01', 'offered', 30);
});
afterEach(() => api.close());

const list = async (query = '') => (await api.call('GET', `/leases${query}`)).body;
const addresses = async (query = '') =>
  (await list(query)).leases.map(({ address }: { address: string }) => address);
const told = async () =>
  (await api.journal.list({})).map(({ message, severity, mac }) => `${severity} ${mac} ${message}`);

describe('the list', () => {
  it('tells who has what, until when, and how it was last heard of', async () => {
    const { id } = api.registry.get('node1');
    const { leases, next, total } = await list('?state=all');
    expect({ next, total }).toEqual({ next: null, total: 6 });
    expect(leases[0]).toEqual({
      ...{ address: '192.0.2.101', client: A, subnet: '192.0.2.0/24', leaseSeconds: 3600, state: 'bound' },
      ends: '2026-01-01T01:00:00.000Z',
      seen: { how: 'leased', at: '2026-01-01T00:00:00.000Z' },
      host: { id, name: 'node1', state: 'declared' },
      reserved: true,
    });
    expect(leases.slice(1).map((row: { state: string; seen: object }) => [row.state, row.seen])).toEqual([
      ['bound', { how: 'leased', at: '2025-12-31T23:51:00.000Z' }],
      ['declined', { how: 'declined', at: '2026-01-01T00:00:00.000Z' }],
      ['released', { how: 'released', at: '2026-01-01T00:00:00.000Z' }],
      ['ended', { how: 'leased', at: '2025-12-31T23:49:00.000Z' }],
      ['offered', { how: 'offered', at: '2025-12-31T23:59:30.000Z' }],
    ]);
  });
  it('of an imported lease that is longer than ours does not pretend to know when', async () => {
    api.leases.put('192.0.2.110', C, 'bound', 86_400);
    expect((await list('?search=2.110')).leases[0].seen).toEqual({ how: 'leased', at: null });
  });
  it.each<[what: string, client: string, left: number, seconds: number, at: string]>([
    ['a declared host', A, 60, 3600, '2025-12-31T23:01:00.000Z'],
    ['one that nobody declared', C, 590, 600, '2025-12-31T23:59:50.000Z'],
    ['one that nobody declared, as it ends', C, 0, 600, '2025-12-31T23:50:00.000Z'],
    ['a host that was removed since', C, 601, 3600, '2025-12-31T23:10:01.000Z'],
    ['a MAC of an inventory that nobody approved', D, 590, 600, '2025-12-31T23:59:50.000Z'],
    ['a client without a MAC', 'id:ff02', 300, 600, '2025-12-31T23:55:00.000Z'],
  ])('tells when a lease was given by what it is given for: %s', async (_what, client, left, seconds, at) => {
    await api.registry.addPending('D', [D]);
    api.leases.put('192.0.2.111', client, 'bound', left);
    const [row] = (await list('?state=all&search=2.111')).leases;
    expect({ seconds: row.leaseSeconds, at: row.seen.at }).toEqual({ seconds, at });
  });
  it.each([
    ['', ['192.0.2.101', '192.0.2.102', '192.0.2.103', '198.51.100.102']],
    ['?state=ended', ['198.51.100.101']],
    ['?subnet=198.51.100.0/24', ['198.51.100.102']],
    ['?host=node1', ['192.0.2.101']],
    ['?search=NODE', ['192.0.2.101']],
    ['?search=5254-0000000b', []],
    ['?search=52540000000b', ['192.0.2.102']],
    ['?search=00-00-0B', ['192.0.2.102']],
    ['?search=.103', ['192.0.2.103']],
    ['?search=absent', []],
    ['?search=', ['192.0.2.101', '192.0.2.102', '192.0.2.103', '198.51.100.102']],
  ])('%s', async (query, expected) => {
    expect(await addresses(query)).toEqual(expected);
  });
  it('page by page', async () => {
    const first = await list('?limit=2');
    expect(first).toMatchObject({ next: '192.0.2.102', leases: [{}, {}] });
    const second = await list(`?limit=2&after=${first.next}`);
    expect(second.leases.map((row: { address: string }) => row.address)).toEqual([
      '192.0.2.103',
      '198.51.100.102',
    ]);
    expect((await list(`?limit=2&after=${second.next}`)).leases).toEqual([]);
  });
  it('names the host whose inventory has the MAC', async () => {
    const host = await api.registry.declare({ name: 'node2', serial: 'S2' });
    const found = inventory();
    const nics = [{ ...found.nics[0]!, mac: B }];
    await api.registry.update(host.id, { inventory: { ...found, nics } });
    expect((await list('?host=node2')).leases[0]).toMatchObject({ host: { name: 'node2' }, reserved: false });
  });
  it.each([
    ['?host=absent', 404, 'host-absent'],
    ['?subnet=192.0.2.0', 400, 'request-invalid'],
    ['?limit=1001', 400, 'request-invalid'],
    ['?state=odd', 400, 'request-invalid'],
    ['?after=x', 400, 'request-invalid'],
  ])('%s: %i', async (query, status, code) => {
    expect(await api.call('GET', `/leases${query}`)).toMatchObject({ status, body: { code } });
  });
});

describe('a release', () => {
  it('of an address, told in the host’s timeline', async () => {
    expect((await api.call('DELETE', '/leases/192.0.2.101')).body).toEqual({
      released: [{ address: '192.0.2.101', client: A }],
    });
    expect(await addresses()).not.toContain('192.0.2.101');
    expect((await told()).at(-1)).toBe(
      `notice ${A} 192.0.2.101: lease of ${A} taken back by a person, from 127.0.0.1`,
    );
    expect((await api.journal.list({ hostId: api.registry.get('node1').id })).at(-1)?.message).toMatch(
      /taken back/,
    );
  });
  it('of a MAC, in any writing', async () => {
    const { released } = (await api.call('DELETE', '/leases/52-54-00-00-00-0B')).body;
    expect(released).toEqual([
      { address: '192.0.2.102', client: B },
      { address: '198.51.100.101', client: B },
    ]);
  });
  it.each([
    ['192.0.2.199', 404, 'lease-absent'],
    ['192.0.2.104', 404, 'lease-absent'],
    ['node1', 400, 'request-invalid'],
  ])('%s: %i', async (which, status, code) => {
    expect(await api.call('DELETE', `/leases/${which}`)).toMatchObject({ status, body: { code } });
  });
});

describe('an import', () => {
  const end = Date.parse('2026-01-01T01:00:00Z') / 1000;
  const dnsmasq = (...rows: [mac: string, address: string][]) =>
    rows.map(([mac, address]) => `${end} ${mac} ${address} * *\n`).join('');
  const send = (text: string, more: object = {}): Promise<Answer> =>
    api.call('POST', '/leases/import', { text, name: 'dnsmasq.leases', ...more });
  const text = dnsmasq(['52:54:00:00:00:11', '192.0.2.111'], ['52:54:00:00:00:12', '192.0.2.102']);

  it('takes what fits and lists what it leaves out', async () => {
    const answer = await send(`${text}dhcp-host=52:54:00:00:00:0d,192.0.2.5\n`);
    expect(answer).toMatchObject({ status: 200, body: { taken: 1, reservations: 1 } });
    expect(answer.body.leftOut).toEqual([
      {
        ...{ line: 2, address: '192.0.2.102', client: '52:54:00:00:00:12', why: 'leased' },
        told: 'another machine has a lease of that address',
      },
    ]);
    expect(await addresses()).toContain('192.0.2.111');
    expect((await told()).at(-1)).toBe(
      'notice null 1 leases of 2 in dnsmasq.leases imported by a person, from 127.0.0.1, 1 left out',
    );
  });
  it('takes all when told to', async () => {
    expect((await send(text, { take: ['leased'] })).body).toMatchObject({ taken: 2, leftOut: [] });
    expect((await list('?search=2.102')).leases[0].client).toBe('52:54:00:00:00:12');
  });
  it('dry, changes nothing and tells no event', async () => {
    const before = await told();
    expect((await send(text, { dryRun: true })).body.taken).toBe(1);
    expect(await addresses()).not.toContain('192.0.2.111');
    expect(await told()).toEqual(before);
  });
  it('with one bad line takes nothing', async () => {
    expect(await send(`${text}x y z\n`)).toMatchObject({
      status: 422,
      body: { code: 'leases-invalid', message: expect.stringMatching(/^dnsmasq.leases:3: /) },
    });
    expect(await addresses()).not.toContain('192.0.2.111');
  });
  it('of more than twenty thousand wants the service stopped', async () => {
    const row = `${end} 52:54:00:00:00:11 `;
    const many = Array.from(
      { length: 20_001 },
      (_, i) => `${row}10.${i >> 16}.${(i >> 8) & 255}.${i & 255} * *`,
    );
    expect(await send(many.join('\n'))).toMatchObject({
      status: 422,
      body: { mend: expect.stringContaining('--offline') },
    });
  });
});

it('where no addresses are given, says so', async () => {
  const none = await openApi(undefined, { leases: null });
  const answer = await none.call('GET', '/leases');
  expect(answer).toMatchObject({ status: 409, body: { code: 'dhcp-off' } });
  await none.close();
});
