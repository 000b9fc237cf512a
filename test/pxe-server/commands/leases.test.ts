import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { tryLockFolder } from '../../../builder/shared/lock.ts';
import { leaseTable } from '../../../pxe-server/commands/lease-tell.ts';
import { addLeaseCommands } from '../../../pxe-server/commands/leases.ts';
import { readLeaseFile } from '../../../pxe-server/dhcp/formats/formats.ts';
import { Journal } from '../../../pxe-server/events/journal.ts';
import { Registry } from '../../../pxe-server/hosts/registry.ts';
import { openStore } from '../../../pxe-server/store/database.ts';
import { openApi, type TestApi } from '../api/fixture.ts';

const [A, B] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'] as const;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-leases-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** `rackhand leases …`: what it prints, or the error it throws. */
async function leases(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const program = new Command('rackhand').exitOverride();
  program.configureOutput({ writeOut: (text) => printed.push(text), writeErr: () => undefined });
  addLeaseCommands(program, (text) => printed.push(text));
  await program.parseAsync(['leases', ...argv], { from: 'user' });
  return printed.join('');
}
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const HEADER =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context';

describe('with the service', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await openApi();
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    vi.stubEnv('RACKHAND_URL', `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`);
    vi.stubEnv('RACKHAND_TOKEN', api.token);
    await api.registry.declare({ name: 'node1', macs: [A], address: '192.0.2.101' });
    api.leases.reserved.set(A, '192.0.2.101');
    api.leases.put('192.0.2.101', A);
    api.leases.put('192.0.2.102', B, 'declined', 600);
    api.leases.put('198.51.100.101', B, 'bound', -60);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await api.close();
  });
  const END = Date.parse('2026-01-01T01:00:00Z') / 1000;

  it('list shows what runs, as a table', async () => {
    expect(await leases('list')).toBe(
      [
        'ADDRESS                 CLIENT             HOST              STATE     ENDS                  SEEN',
        `192.0.2.101 (reserved)  ${A}  node1 (declared)  bound     2026-01-01 01:00:00Z  leased 2026-01-01 00:00:00Z`,
        `192.0.2.102             ${B}                    declined  2026-01-01 00:10:00Z  declined 2026-01-01 00:00:00Z`,
        '',
      ].join('\n'),
    );
  });
  it('a lease without an end is told as one', () => {
    const lease = {
      address: '192.0.2.9',
      client: A,
      state: 'bound',
      leaseSeconds: 3600,
      reserved: false,
    } as const;
    const around = { subnet: null, host: null, seen: { how: 'leased', at: null } } as const;
    const ends = '2106-02-07T06:28:15.000Z';
    expect(leaseTable([{ ...lease, ...around, ends }])).toMatch(/bound {2}never {2}leased\n$/);
  });
  it.each([
    [['--state', 'all'], 3],
    [['--state', 'ended'], 1],
    [['--subnet', '198.51.100.0/24', '--state', 'all'], 1],
    [['--host', 'node1'], 1],
    [['node1'], 1],
    [['.102'], 1],
    [['--limit', '1'], 1],
    [['absent'], 0],
  ])('list %j: %i', async (argv, count) => {
    expect(JSON.parse(await leases('list', ...argv, '--json')).leases).toHaveLength(count);
  });
  it('list takes as many pages as it needs', async () => {
    for (let i = 0; i < 60; i++)
      api.leases.put(`192.0.2.${110 + i}`, `id:${(1000 + i).toString(16)}ab`.slice(0, 7));
    expect(JSON.parse(await leases('list', '--json')).leases).toHaveLength(62);
  });
  it('release', async () => {
    expect(await leases('release', A)).toBe(`192.0.2.101: taken back from ${A}\n`);
    await expect(leases('release', A)).rejects.toMatchObject({ code: 'lease-absent' });
  });
  it('export for Kea, with the names of hosts', async () => {
    expect(await leases('export', '--format', 'kea')).toBe(
      [
        HEADER,
        `192.0.2.101,${A},,3600,${END},1,0,0,node1,0,`,
        `192.0.2.102,,,600,${END - 3000},1,0,0,,1,`,
        `198.51.100.101,${B},,600,${END - 3660},2,0,0,,0,`,
        '',
      ].join('\n'),
    );
  });
  it('export of reservations', async () => {
    expect(await leases('export', '--format', 'dnsmasq', '--reservations')).toBe(
      `dhcp-host=${A},192.0.2.101,node1\n`,
    );
    expect(await leases('export', '--format', 'isc', '--reservations')).toContain(
      'fixed-address 192.0.2.101;',
    );
  });
  it('export to a file, and import of it: all is known', async () => {
    const path = join(folder, 'leases.csv');
    expect(await leases('export', path, '--format', 'kea')).toBe(`${path}: written for kea\n`);
    expect(await leases('import', path)).toContain('0 leases imported, 3 left out\n');
  });
  it('import tells what is left out, and where the reservations go', async () => {
    const text = `${END} 52:54:00:00:00:11 192.0.2.111 * *\n${END} 52:54:00:00:00:12 192.0.2.101 * *\ndhcp-host=52:54:00:00:00:13,192.0.2.13,node3\n`;
    const path = await file('dnsmasq.leases', text);
    const left = `${path}:2: 192.0.2.101 of 52:54:00:00:00:12 left out: promised: the address to another host, or another address to this one\n`;
    expect(await leases('import', path, '--dry-run')).toBe(
      `${left}1 leases would be imported, 1 left out\n1 reservations left out: --hosts FILE writes them for rackhand hosts import\n`,
    );
    const hosts = join(folder, 'hosts.yaml');
    expect(await leases('import', path, '--hosts', hosts)).toBe(
      `${left}1 leases imported, 1 left out\n1 reservations written to ${hosts}: rackhand hosts import ${hosts}\n`,
    );
    const table = join(folder, 'hosts.csv');
    await leases('import', path, '--hosts', table);
    expect(await readFile(table, 'utf8')).toBe('name,macs,address\nnode3,52:54:00:00:00:13,192.0.2.13\n');
    await expect(leases('import', path, '--hosts', join(folder, 'hosts.txt'))).rejects.toMatchObject({
      ...{ code: 'hosts-invalid', mend: 'name it .csv, .yaml or .yml' },
    });
    expect(parse(await readFile(hosts, 'utf8'))).toEqual({
      hosts: [{ name: 'node3', macs: ['52:54:00:00:00:13'], address: '192.0.2.13' }],
    });
    expect(await leases('import', path, '--take', 'leased', 'reserved')).toContain('1 leases imported');
  });
  it('import refuses a bad file before anything is sent', async () => {
    const path = await file('x.leases', 'a b c d e\n');
    await expect(leases('import', path, '--format', 'dnsmasq')).rejects.toMatchObject({
      ...{ code: 'leases-invalid', message: `${path}:1: a is no time`, mend: 'correct that line' },
    });
    await expect(leases('import', join(folder, 'absent'))).rejects.toMatchObject({ code: 'leases-invalid' });
    await expect(leases('import', path, '--take', 'all')).rejects.toMatchObject({ exitCode: 1 });
  });
});

describe('with the service stopped', () => {
  let config: string;
  const state = () => join(folder, 'state');
  const END = Math.floor(Date.now() / 1000) + 3600;
  beforeEach(async () => {
    const subnet = { cidr: '192.0.2.0/24', ranges: [{ from: '192.0.2.100', to: '192.0.2.199' }] };
    config = await file(
      'rackhand.yaml',
      stringify({
        ...{ state: state(), images: { catalog: '/images' } },
        provisioning: {
          interfaces: [{ name: 'eth0', address: '192.0.2.1', subnet }],
          subnets: [
            { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.10', to: '198.51.100.20' }] },
            { cidr: '10.7.0.0/24', dhcp: 'proxy' },
          ],
        },
      }),
    );
    await mkdir(join(state(), 'control'), { recursive: true });
    await mkdir(join(state(), 'dhcp'));
  });
  const declare = async () => {
    const store = await openStore(join(state(), 'control/control.db'));
    const registry = new Registry(store, new Journal(store));
    await registry.load();
    await registry.declare({ name: 'node1', macs: [A], address: '192.0.2.101' });
    await store.destroy();
  };
  const csv = (...rows: [address: string, mac: string][]) =>
    file(
      'kea.csv',
      [HEADER, ...rows.map(([address, mac]) => `${address},${mac},,3600,${END},1,0,0,,0,`), ''].join('\n'),
    );

  it('imports, lists, releases and exports', async () => {
    await declare();
    const path = await csv(['192.0.2.101', A], ['192.0.2.102', B], ['192.0.2.1', B], ['203.0.113.1', B]);
    expect(await leases('import', path, '--offline', config)).toContain('2 leases imported, 2 left out');
    expect(await leases('list', '--offline', config)).toMatch(
      new RegExp(`192\\.0\\.2\\.101 \\(reserved\\) +${A} +node1 \\(declared\\) +bound`),
    );
    expect(await leases('release', '192.0.2.102', '--offline', config)).toBe(
      `192.0.2.102: taken back from ${B}\n`,
    );
    const out = await leases('export', '--format', 'isc', '--offline', config);
    expect(readLeaseFile(out, 'x').leases.map(({ lease }) => lease.state)).toEqual(['bound', 'released']);
    const store = await openStore(join(state(), 'control/control.db'));
    const told = (await new Journal(store).list({})).map(({ kind, message }) => `${kind} ${message}`);
    await store.destroy();
    expect(told.slice(-2)).toEqual([
      'lease 2 leases of 4 in kea.csv imported by a person, with the service stopped',
      `lease 192.0.2.102: lease of ${B} taken back by a person, with the service stopped`,
    ]);
    expect((await stat(join(state(), 'dhcp/leases.log'))).mode & 0o777).toBe(0o600);
  });
  it('has the networks behind relays too, and not those where another server gives the addresses', async () => {
    const path = await csv(['198.51.100.10', A], ['10.7.0.9', B]);
    expect(await leases('import', path, '--offline', config)).toContain('1 leases imported, 1 left out');
    expect(await leases('list', '--offline', config)).toMatch(new RegExp(`198\\.51\\.100\\.10 +${A} +bound`));
  });
  it('knows what hosts were promised', async () => {
    await declare();
    const path = await csv(['192.0.2.101', B]);
    expect(await leases('import', path, '--offline', config)).toContain('0 leases imported, 1 left out');
  });
  it('works before there is a database of hosts', async () => {
    expect(await leases('import', await csv(['192.0.2.101', A]), '--offline', config)).toContain(
      '1 leases imported',
    );
  });
  it('refuses while the service has the leases', async () => {
    const lock = await tryLockFolder(join(state(), 'dhcp'));
    await expect(leases('list', '--offline', config)).rejects.toMatchObject({ code: 'leases-in-use' });
    await lock!.release();
    expect(await leases('list', '--offline', config)).toBe('no leases\n');
  });
  it('refuses where no service ever was', async () => {
    await rm(join(state(), 'dhcp'), { recursive: true });
    await expect(leases('list', '--offline', config)).rejects.toMatchObject({ code: 'state-absent' });
  });
});
