import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { run } from '../../../builder/shared/process/run.ts';
import { makeNamespace } from '../net/namespaces.ts';
import { makeRoughLink, type RoughLink } from '../net/rough-link.ts';
import { realClients } from './real-clients.ts';
import { startTelling, type TellingServer } from './short-leases.ts';

/** Seconds: a client renews after half of it, since the tests do not want to wait. */
const LEASE_SECONDS = 8;
const subnet = {
  cidr: '198.51.100.0/24',
  range: { from: '198.51.100.100', to: '198.51.100.120' },
};

let folder: string;
let link: RoughLink;
/** What ends with a test, the last first. */
let ends: (() => Promise<unknown>)[];
beforeEach(async () => {
  ends = [];
  folder = await mkdtemp(join(tmpdir(), 'rackhand-interop-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  link = await makeRoughLink({ lost: 10, doubled: 15, late: 15, seed: 82 });
  ends.push(() => link.remove());
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function addressOfClient(): Promise<string | undefined> {
  const { stdout } = await link.client.run(['ip', '-4', 'address', 'show', 'dev', link.clientDevice]);
  return /inet (198\.51\.100\.1\d\d)\//.exec(stdout)?.[1];
}

async function startClient(start: (link: RoughLink, folder: string) => Promise<Daemon>): Promise<Daemon> {
  const client = await start(link, folder);
  ends.push(() => client.stop());
  return client;
}

describe.each(realClients)('$name, on a link that loses, doubles and reorders', ({ start }) => {
  it('gets an address, keeps it by renewing, and has it again after another start', async () => {
    const server = await startTelling(link.server, {
      ...{ device: link.serverDevice, address: link.serverAddress, folder },
      ...{ subnets: [subnet], leaseSeconds: LEASE_SECONDS },
    });
    ends.push(() => server.stop());
    const client = await startClient(start);
    const acks = await server.until(4, ({ kind }) => kind === 'ack');
    await expect.poll(addressOfClient, { timeout: 30_000 }).toBe('198.51.100.100');
    // Renewals: without them it would have had to begin again.
    const started = server.events.filter(({ kind }) => kind === 'offer').length;
    expect(acks.length).toBeGreaterThan(started);
    await client.stop();
    const before = server.events.length;
    await startClient(start);
    await server.until(1, (event) => server.events.indexOf(event) >= before && event.kind === 'ack');
    await expect.poll(addressOfClient, { timeout: 30_000 }).toBe('198.51.100.100');
    expect(new Set(server.events.map(({ address }) => address))).toEqual(new Set(['198.51.100.100']));
    expect(server.events.filter(({ kind }) => kind === 'malformed' || kind === 'failed')).toEqual([]);
  });
});

describe('behind ISC dhcrelay', () => {
  const upstream = { relay: '192.0.2.2', server: '192.0.2.1' };

  /** Client — rough link — relay — server, the server in a namespace of its own. */
  async function startRelayed(): Promise<TellingServer> {
    const id = link.serverDevice.slice(2);
    const where = await makeNamespace(`rh-u-${id}`);
    ends.push(() => run(['ip', 'netns', 'delete', where.name]));
    const [up, down] = [`vu${id}`, `vd${id}`];
    await where.run(['ip', 'link', 'add', up, 'type', 'veth', 'peer', down]);
    await where.run(['ip', 'link', 'set', down, 'netns', link.server.name]);
    await where.run(['ip', 'address', 'add', `${upstream.server}/24`, 'dev', up]);
    await link.server.run(['ip', 'address', 'add', `${upstream.relay}/24`, 'dev', down]);
    await where.run(['ip', 'link', 'set', up, 'up']);
    await link.server.run(['ip', 'link', 'set', down, 'up']);
    await where.run(['ip', 'route', 'add', '198.51.100.0/24', 'via', upstream.relay]);
    await link.server.run(['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
    // Adds option 82, and drops an answer that does not bring the same back.
    const argv = ['dhcrelay', '-4', '-d', '-a', '-D', '-id', link.serverDevice, '-iu', down, upstream.server];
    const relay = link.server.start(argv);
    ends.push(() => relay.stop());
    const served = { cidr: '192.0.2.0/24', range: { from: '192.0.2.100', to: '192.0.2.120' } };
    const server = await startTelling(where, {
      ...{ device: up, address: upstream.server, folder },
      ...{ subnets: [served, subnet], leaseSeconds: LEASE_SECONDS },
    });
    ends.push(() => server.stop());
    return server;
  }

  it.each(realClients)(
    '$name gets an address of its own network, and renews it past the relay',
    async ({ start }) => {
      const server = await startRelayed();
      const route = ['192.0.2.0/24', 'via', link.serverAddress, 'dev', link.clientDevice, 'onlink'];
      await link.client.run(['ip', 'route', 'add', ...route]);
      await startClient(start);
      const acks = await server.until(4, ({ kind }) => kind === 'ack');
      await expect.poll(addressOfClient, { timeout: 30_000 }).toBe('198.51.100.100');
      expect(new Set(acks.map(({ address }) => address))).toEqual(new Set(['198.51.100.100']));
      const passage = await link.passage();
      for (const count of Object.values(passage)) expect(count).toBeGreaterThan(0);
    },
  );
});
