import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../../../../builder/shared/process/daemon.ts';
import { run } from '../../../../builder/shared/process/run.ts';
import type { ExportedLease } from '../../../../pxe-server/dhcp/formats/entries.ts';
import {
  readLeaseFile,
  writeLeases,
  writeReservations,
} from '../../../../pxe-server/dhcp/formats/formats.ts';
import { ipv4Text } from '../../../../pxe-server/net/ipv4.ts';
import { makeNamespace, type Namespace } from '../../net/namespaces.ts';

/** Files that we write, read by the servers that they are for, and theirs read by us. */
const [A, B] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'] as const;
const NOW = Date.now();
const END = Math.floor(NOW / 1000) + 3000;
const lease = (address: string, client: string, more: Partial<ExportedLease> = {}): ExportedLease => ({
  ...{ address, client, state: 'bound', expires: END * 1000, leaseSeconds: 3600, subnetId: 1 },
  ...more,
});
const leases = [
  lease('192.0.2.101', A, { hostName: 'node1' }),
  lease('192.0.2.102', 'id:ff000001'),
  lease('192.0.2.103', 'id:', { state: 'declined' }),
  lease('192.0.2.104', B),
];
/** Where Debian and EL have it. */
const HOOKS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64'].map(
  (lib) => `${lib}/kea/hooks/libdhcp_lease_cmds.so`,
);
const PATIENT = { timeout: 30_000, interval: 200 };

let folder: string;
let inside: Namespace;
let daemon: Daemon | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-servers-'));
  await chmod(folder, 0o777);
  inside = await makeNamespace(`rh-f-${randomBytes(3).toString('hex')}`);
  await inside.run(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'eth1']);
  await inside.run(['ip', 'address', 'add', '192.0.2.1/24', 'dev', 'eth0']);
  for (const device of ['eth0', 'eth1']) await inside.run(['ip', 'link', 'set', device, 'up']);
});
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});
afterAll(async () => {
  await run(['ip', 'netns', 'delete', inside.name]);
  await rm(folder, { recursive: true, force: true });
});

const write = async (name: string, text: string, mode = 0o666) => {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
};
const shown = async (path: string, format: 'kea' | 'isc' | 'dnsmasq') =>
  readLeaseFile(await readFile(path, 'latin1'), path, format)
    .leases.map(({ lease: { address, client, state } }) => `${ipv4Text(address)} ${client} ${state}`)
    .sort();

describe('Kea', () => {
  const socket = () => join(folder, 'kea.socket');
  async function command(name: string, given?: object) {
    const connection = createConnection(socket());
    await once(connection, 'connect');
    connection.write(JSON.stringify({ command: name, ...(given ? { arguments: given } : {}) }));
    let text = '';
    for await (const part of connection) text += part;
    return JSON.parse(text) as {
      result: number;
      text: string;
      arguments: { leases: Record<string, unknown>[] };
    };
  }
  it('has our leases, and we have what it writes then', async () => {
    const path = await write('kea.csv', [...writeLeases(leases, 'kea', NOW)].join(''));
    const hosts = JSON.parse(
      [...writeReservations([{ macs: [A], address: '192.0.2.101', name: 'node1' }], 'kea')].join(''),
    );
    const config = {
      'interfaces-config': { interfaces: [] },
      'lease-database': { type: 'memfile', persist: true, name: path, 'lfc-interval': 0 },
      'control-socket': { 'socket-type': 'unix', 'socket-name': socket() },
      'hooks-libraries': [{ library: HOOKS.find(existsSync) }],
      'expired-leases-processing': { 'reclaim-timer-wait-time': 0 },
      subnet4: [{ id: 1, subnet: '192.0.2.0/24', pools: [{ pool: '192.0.2.100-192.0.2.199' }], ...hosts }],
      loggers: [{ name: 'kea-dhcp4', severity: 'ERROR', output_options: [{ output: 'stderr' }] }],
    };
    const own = [`KEA_PIDFILE_DIR=${folder}`, `KEA_LOCKFILE_DIR=${folder}`];
    const file = await write('kea.json', JSON.stringify({ Dhcp4: config }));
    daemon = inside.start(['env', ...own, 'kea-dhcp4', '-c', file]);
    const all = async () => (await command('lease4-get-all')).arguments.leases;
    await expect.poll(() => all().catch(() => []), PATIENT).toHaveLength(4);
    const found = (await all()).map((l) => [
      l['ip-address'],
      l['hw-address'],
      l['client-id'],
      l.state,
      l.hostname,
    ]);
    expect(found.sort()).toEqual([
      ['192.0.2.101', A, undefined, 0, 'node1'],
      ['192.0.2.102', '', 'ff:00:00:01', 0, ''],
      ['192.0.2.103', '', undefined, 1, ''],
      ['192.0.2.104', B, undefined, 0, ''],
    ]);
    const [first] = await all();
    expect(Number(first!.cltt) + Number(first!['valid-lft'])).toBe(END);
    const added = { 'ip-address': '192.0.2.150', 'hw-address': '52:54:00:00:00:0c', hostname: 'a,b' };
    expect(await command('lease4-add', added)).toMatchObject({ result: 0 });
    expect(await command('lease4-del', { 'ip-address': '192.0.2.104' })).toMatchObject({ result: 0 });
    await expect
      .poll(() => shown(path, 'kea'), PATIENT)
      .toEqual([
        `192.0.2.101 ${A} bound`,
        '192.0.2.102 id:ff000001 bound',
        '192.0.2.103 id: declined',
        '192.0.2.150 52:54:00:00:00:0c bound',
      ]);
  });
});

describe('dnsmasq', () => {
  it('has our leases and reservations, and we have what it writes then', async () => {
    const path = await write('dnsmasq.leases', [...writeLeases(leases, 'dnsmasq', NOW)].join(''));
    const reservations = [{ macs: [A], address: '192.0.2.101', name: 'node1' }];
    const hosts = await write('dnsmasq.conf', [...writeReservations(reservations, 'dnsmasq')].join(''));
    const out = join(folder, 'told');
    const script = await write('told.sh', `#!/bin/sh\necho "$1 $2 $3 $4" >> ${out}\n`, 0o755);
    await inside.run(['dnsmasq', '--test', `--conf-file=${hosts}`]);
    const options = [
      '--port=0',
      '--user=root',
      `--conf-file=${hosts}`,
      '--dhcp-range=192.0.2.100,192.0.2.199,1h',
    ];
    const files = [
      `--dhcp-leasefile=${path}`,
      `--dhcp-script=${script}`,
      '--interface=eth0',
      `--pid-file=${folder}/pid`,
    ];
    daemon = inside.start(['dnsmasq', '--keep-in-foreground', ...options, ...files]);
    // The script hears of a lease once more when its name is settled.
    const told = async () => {
      const lines = (await readFile(out, 'utf8').catch(() => '')).split('\n').map((line) => line.trim());
      return [...new Set(lines.filter(Boolean))].sort();
    };
    await expect.poll(told, PATIENT).toEqual([`old ${A} 192.0.2.101 node1`, `old ${B} 192.0.2.104`]);
    await wait(500);
    await daemon.stop();
    expect(await shown(path, 'dnsmasq')).toEqual([`192.0.2.101 ${A} bound`, `192.0.2.104 ${B} bound`]);
  });
});

describe('ISC dhcpd', () => {
  it('takes our leases and hosts, and we have what it writes then', async () => {
    const path = await write('dhcpd.leases', [...writeLeases(leases, 'isc', NOW)].join(''));
    const hosts = [...writeReservations([{ macs: [B], address: '192.0.2.20', name: 'node2' }], 'isc')].join(
      '',
    );
    const subnet = 'subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }\n';
    const config = await write('dhcpd.conf', `${subnet}${hosts}`);
    const files = ['-cf', config, '-lf', path, '-pf', join(folder, 'dhcpd.pid')];
    await inside.run(['dhcpd', '-t', ...files]);
    await inside.run(['dhcpd', '-T', ...files]);
    daemon = inside.start(['dhcpd', '-f', '--no-pid', ...files, 'eth0'], ['ignore', 'ignore', 'ignore']);
    // It writes the file anew when it starts: ours goes to dhcpd.leases~.
    await expect.poll(() => readFile(`${path}~`, 'utf8').catch(() => ''), PATIENT).not.toBe('');
    await expect
      .poll(() => shown(path, 'isc'), PATIENT)
      .toEqual([
        `192.0.2.101 ${A} bound`,
        '192.0.2.102 id:ff000001 bound',
        '192.0.2.103 id: declined',
        `192.0.2.104 ${B} bound`,
      ]);
    expect(readLeaseFile(await readFile(config, 'utf8'), config).reservations).toMatchObject([
      { macs: [B], address: '192.0.2.20', name: 'node2' },
    ]);
  });
});
