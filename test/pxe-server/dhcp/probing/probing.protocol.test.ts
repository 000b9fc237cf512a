import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decode, encode } from '../../../../pxe-server/dhcp/codec.ts';
import { ipv4Text } from '../../../../pxe-server/net/ipv4.ts';
import { type Link, makeLink } from '../../net/namespaces.ts';
import { macOf, message } from '../packets.ts';
import { type RunningServer, startServer } from '../running-server.ts';
import { startUdhcpc } from '../udhcpc.ts';

const range = { from: '198.51.100.100', to: '198.51.100.103' };
const wire = join(import.meta.dirname, '../wire-program.ts');

let folder: string;
let link: Link;
let ends: (() => Promise<unknown>)[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-probing-'));
  ends = [() => rm(folder, { recursive: true, force: true })];
  link = await makeLink();
  ends.push(() => link.remove());
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function start(options: Partial<Parameters<typeof startServer>[1]> = {}): Promise<RunningServer> {
  const server = await startServer(link, { folder, range, watch: true, ...options });
  ends.push(() => server.stop());
  return server;
}

/** The client's interface gets an address that nobody gave it. @returns its MAC */
async function take(address: string): Promise<string> {
  await link.client.run(['ip', 'address', 'add', `${address}/24`, 'brd', '+', 'dev', link.clientDevice]);
  const { stdout } = await link.client.run(['cat', `/sys/class/net/${link.clientDevice}/address`]);
  return stdout.trim();
}

/** New machines ask, one after the other. @returns what each is offered */
async function offers(machines: number): Promise<string[]> {
  const asks = Array.from({ length: machines }, (_, i) => encode(message('discover', { mac: macOf(i + 1) })));
  const argv = ['ask', '68', '198.51.100.255', '67', ...asks.map((bytes) => bytes.toString('hex'))];
  const { stdout } = await link.client.run([process.execPath, wire, ...argv]);
  return stdout
    .trim()
    .split('\n')
    .flatMap((line) => {
      const packet = decode(Buffer.from(line.split(' ')[2] ?? '', 'hex'));
      return 'malformed' in packet || packet.type !== 'offer' ? [] : [ipv4Text(packet.yiaddr)];
    });
}

it('an address that a machine has taken for itself is found, told of, and offered to nobody', async () => {
  const mac = await take('198.51.100.100');
  const server = await start();
  const event = await server.event(({ kind }) => kind === 'conflict');
  expect(event).toMatchObject({ address: '198.51.100.100', mac, message: expect.stringContaining(mac) });
  // More machines than the pool has addresses left.
  expect((await offers(5)).sort()).toEqual(['198.51.100.101', '198.51.100.102', '198.51.100.103']);
  await server.crash();
  const again = await start({ watch: false });
  // Quarantine is on disk, as a DECLINE is: without looking again it is still nobody's.
  expect((await offers(5)).sort()).toEqual(['198.51.100.101', '198.51.100.102', '198.51.100.103']);
  await again.stop();
});

it('until it is found, no offer waits', async () => {
  await take('198.51.100.103');
  await start();
  expect(await offers(1)).toHaveLength(1);
});

it('an announcement of an address that is far from being given is enough', async () => {
  const server = await start({ range: { from: '198.51.100.100', to: '198.51.100.250' } });
  const mac = await take('198.51.100.240');
  const announce = ['arping', '-U', '-c', '1', '-w', '2', '-I', link.clientDevice, '198.51.100.240'];
  const told = server.event(({ kind }) => kind === 'conflict');
  await link.client.run(announce, { okCodes: [0, 1] });
  expect(await told).toMatchObject({ address: '198.51.100.240', mac });
});

it('who has the lease is no conflict, however loud', async () => {
  const server = await start();
  const client = startUdhcpc(link);
  ends.push(() => client.stop());
  const { address } = await server.event(({ kind }) => kind === 'ack');
  await expect
    .poll(
      async () => (await link.client.run(['ip', '-4', 'address', 'show', 'dev', link.clientDevice])).stdout,
    )
    .toContain(`inet ${address}/`);
  await link.client.run(['arping', '-U', '-c', '2', '-w', '3', '-I', link.clientDevice, address!], {
    okCodes: [0, 1],
  });
  // Long enough for every free address to have been looked at.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(server.events.filter(({ kind }) => kind === 'conflict' || kind === 'decline')).toEqual([]);
});

it('behind a router, who answers to ICMP echo keeps what nobody gave it', async () => {
  await take('198.51.100.9');
  await link.client.run(['ip', 'address', 'add', '203.0.113.50/32', 'dev', 'lo']);
  await link.server.run(['ip', 'route', 'add', '203.0.113.0/24', 'via', '198.51.100.9']);
  const server = await start({
    relayed: { cidr: '203.0.113.0/24', from: '203.0.113.50', to: '203.0.113.60' },
  });
  const event = await server.event(({ kind }) => kind === 'conflict');
  expect(event.address).toBe('203.0.113.50');
  expect(event.mac).toBeUndefined();
});
