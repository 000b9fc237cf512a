import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { makeNamespace } from '../net/namespaces.ts';
import { makeRoughLink, type RoughLink } from '../net/rough-link.ts';
import { type RunningServer6, startServer6 } from './running-server.ts';

const OWN = 'fd00:52::1';
/** Seconds that the schema takes at least. */
const LEASE_SECONDS = 60;
const ipv6 = {
  ...{ address: OWN, prefix: 'fd00:52::/64', range: { from: 'fd00:52::100', to: 'fd00:52::120' } },
  ...{ leaseSeconds: LEASE_SECONDS, dns: ['fd00:52::53'] },
};

let folder: string;
let link: RoughLink;
/** What ends with a test, the last first. */
let ends: (() => Promise<unknown>)[];
beforeEach(async () => {
  ends = [];
  folder = await mkdtemp(join(tmpdir(), 'rackhand-interop6-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  link = await makeRoughLink({ lost: 10, doubled: 15, late: 15, seed: 8415 });
  ends.push(() => link.remove());
  await link.server.run(['ip', 'address', 'add', `${OWN}/64`, 'dev', link.serverDevice, 'nodad']);
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function serve(what: { ipv6?: typeof ipv6 }): Promise<RunningServer6> {
  const server = await startServer6(link.server, {
    folder,
    interfaces: [{ device: link.serverDevice, ...what }],
  });
  ends.push(() => server.stop());
  return server;
}

async function addressOfClient(): Promise<string | undefined> {
  const { stdout } = await link.client.run(['ip', '-6', 'address', 'show', 'dev', link.clientDevice]);
  return /inet6 (fd00:52::1[0-2]\w)\//.exec(stdout)?.[1];
}

const clients: { name: string; start(): Promise<Daemon> }[] = [
  {
    name: 'ISC dhclient',
    async start() {
      const own = join(folder, 'dhclient');
      await mkdir(own, { recursive: true });
      await writeFile(join(own, 'dhclient.conf'), 'request dhcp6.name-servers;\n');
      return link.client.start([join(import.meta.dirname, 'run-dhclient6.sh'), own, link.clientDevice]);
    },
  },
  {
    // Asks by DHCPv6 because the router advertisement says so.
    name: 'systemd-networkd',
    async start() {
      const own = join(folder, 'networkd');
      await mkdir(own, { recursive: true });
      const lines = [
        ...['[Match]', `Name=${link.clientDevice}`, '[Network]', 'DHCP=no', 'IPv6AcceptRA=yes'],
        ...['LinkLocalAddressing=ipv6', '[DHCPv6]', 'DUIDType=link-layer'],
      ];
      await writeFile(join(own, '10-test.network'), `${lines.join('\n')}\n`);
      const program = join(import.meta.dirname, '../dhcp/run-networkd.sh');
      return link.client.start([program, own]);
    },
  },
];

describe.each(clients)('$name, on a link that loses, doubles and reorders', ({ start }) => {
  it('gets an address, and has it again after both were started anew', async () => {
    let server = await serve({ ipv6 });
    let client = await start();
    ends.push(() => client.stop());
    const [ack] = await server.until(1, ({ kind }) => kind === 'ack');
    expect(ack).toMatchObject({ address: 'fd00:52::100', mac: expect.stringMatching(/^([0-9a-f]{2}:){5}/) });
    await expect.poll(addressOfClient, { timeout: 30_000 }).toBe('fd00:52::100');
    await server.crash();
    await client.stop();
    server = await serve({ ipv6 });
    client = await start();
    ends.push(() => client.stop());
    const again = await server.until(1, ({ kind, message }) => kind === 'ack' || /^confirmed/.test(message));
    expect(new Set(again.map(({ address }) => address))).toEqual(new Set(['fd00:52::100']));
    expect(server.events.filter(({ kind }) => kind === 'malformed' || kind === 'failed')).toEqual([]);
  });
});

it('dhclient renews what it has, with a server that was killed in between', {
  timeout: 120_000,
}, async () => {
  let server = await serve({ ipv6 });
  const client = await clients[0]!.start();
  ends.push(() => client.stop());
  await expect.poll(addressOfClient, { timeout: 30_000 }).toBe('fd00:52::100');
  await server.crash();
  server = await serve({ ipv6 });
  const renewed = await server.until(1, ({ message }) => message === 'renewed fd00:52::100');
  expect(renewed[0]).toMatchObject({ kind: 'ack', address: 'fd00:52::100' });
});

it('behind ISC dhcrelay a client gets an address of its own network', { timeout: 120_000 }, async () => {
  const id = link.serverDevice.slice(2);
  const where = await makeNamespace(`rh-u-${id}`);
  ends.push(() => run(['ip', 'netns', 'delete', where.name]));
  const [up, down, elsewhere] = [`vu${id}`, `vd${id}`, 'bridge6'];
  await where.run(['ip', 'link', 'add', up, 'type', 'veth', 'peer', down]);
  await where.run(['ip', 'link', 'set', down, 'netns', link.server.name]);
  await where.run(['ip', 'address', 'add', 'fd00:51::1/64', 'dev', up, 'nodad']);
  await link.server.run(['ip', 'address', 'add', 'fd00:51::2/64', 'dev', down, 'nodad']);
  // Its own interface in the client's network is another one, on which nobody asks.
  await where.run(['ip', 'link', 'add', elsewhere, 'type', 'bridge']);
  for (const device of [up, elsewhere]) await where.run(['ip', 'link', 'set', device, 'up']);
  await link.server.run(['ip', 'link', 'set', down, 'up']);
  // dhcrelay ends at once while addresses are still looked for on their links (RFC 4862 5.4).
  const tentative = async () =>
    (await link.server.run(['ip', '-6', 'address', 'show', 'tentative'])).stdout.trim();
  await expect.poll(tentative, { timeout: 10_000 }).toBe('');
  const argv = ['dhcrelay', '-6', '-d', '-I', '-l', link.serverDevice, '-u', `fd00:51::1%${down}`];
  const relay = link.server.start(argv, ['ignore', 'ignore', 'ignore']);
  ends.push(() => relay.stop());
  const upstream = {
    ...{ address: 'fd00:51::1', prefix: 'fd00:51::/64' },
    range: { from: 'fd00:51::100', to: 'fd00:51::120' },
  };
  const interfaces = [
    { device: up, ipv6: upstream },
    { device: elsewhere, ipv6 },
  ];
  const server = await startServer6(where, { folder, interfaces });
  ends.push(() => server.stop());
  const client = await clients[0]!.start();
  ends.push(() => client.stop());
  const [ack] = await server.until(1, ({ kind }) => kind === 'ack');
  const { stdout } = await link.client.run(['cat', `/sys/class/net/${link.clientDevice}/address`]);
  expect(ack).toMatchObject({ address: 'fd00:52::100', mac: stdout.trim() });
  await expect.poll(addressOfClient, { timeout: 30_000 }).toBe('fd00:52::100');
});
