import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { seeded } from '../../shared/random.ts';
import { type Link, lineOf, makeLink } from '../net/namespaces.ts';
import { captured } from './captured.ts';
import { hostileBytes, macOf, message } from './packets.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { askOnce, startUdhcpc } from './udhcpc.ts';

const program = [process.execPath, join(import.meta.dirname, 'wire-program.ts')];
const range = { from: '198.51.100.100', to: '198.51.100.110' };
const reserved = { [macOf(1)]: '198.51.100.200' };
let link: Link;
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  link = await makeLink('198.51.100.9/24');
  // An address that udhcpc leaves alone, since the last one takes the route with it.
  await link.client.run(['ip', 'address', 'add', '169.254.1.1', 'scope', 'link', 'dev', link.clientDevice]);
  await link.client.run(['ip', 'route', 'add', '255.255.255.255', 'dev', link.clientDevice]);
  folder = await mkdtemp(join(tmpdir(), 'rackhand-dhcp-'));
  server = await startServer(link, { folder, range, reserved });
});
afterAll(async () => {
  await server?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Answers to packets sent from a port of the client, "ADDRESS PORT" with what came. */
async function ask(port: number, to: string, toPort: number, ...packets: Buffer[]) {
  const argv = [
    ...program,
    'ask',
    String(port),
    to,
    String(toPort),
    ...packets.map((p) => p.toString('hex')),
  ];
  const { stdout } = await link.client.run(argv);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [address, fromPort, hex] = line.split(' ') as [string, string, string];
      const packet = decode(Buffer.from(hex, 'hex'));
      if ('malformed' in packet) throw new Error(packet.malformed);
      return { from: `${address} ${fromPort}`, packet };
    });
}

describe('where answers arrive', () => {
  it('a relay: unicast to its port 67, with its option 82', async () => {
    const relayed = message('discover', {
      mac: macOf(2),
      giaddr: '198.51.100.9',
      options: [[Option.relayAgent, Buffer.from('0104deadbeef', 'hex')]],
    });
    const answers = await ask(67, '198.51.100.1', 67, encode(relayed));
    expect(answers.map(({ from, packet }) => [from, packet.type])).toEqual([['198.51.100.1 67', 'offer']]);
    expect(answers[0]!.packet.options.get(82)?.toString('hex')).toBe('0104deadbeef');
  });
  it('a renewal: unicast to the client', async () => {
    const mac = macOf(1);
    const take = message('request', { mac, requested: '198.51.100.200', server: '198.51.100.1' });
    await ask(68, '255.255.255.255', 67, encode(take));
    await link.client.run(['ip', 'address', 'add', '198.51.100.200/24', 'dev', link.clientDevice]);
    // Bound to this address, the socket hears no broadcast.
    const renewal = encode(message('request', { mac, ciaddr: '198.51.100.200' }));
    const answers = await ask(68, '198.51.100.1', 67, renewal);
    await link.client.run(['ip', 'address', 'del', '198.51.100.200/24', 'dev', link.clientDevice]);
    expect(answers.map(({ packet }) => [packet.type, ipv4Text(packet.yiaddr)])).toEqual([
      ['ack', '198.51.100.200'],
    ]);
  });
  it('port 4011: to the port that asked, the boot file alone', async () => {
    const packet = { ...message('request'), options: decoded(captured.ovmfPxeRequest).options };
    const answers = await ask(5000, '198.51.100.1', 4011, encode(packet));
    expect(answers.map(({ from, packet: { type, yiaddr, file } }) => [from, type, yiaddr, file])).toEqual([
      ['198.51.100.1 4011', 'ack', 0, 'snponly.efi'],
    ]);
  });
  it.each([
    ["a server's answer", encode({ ...message('discover'), op: 2 })],
    ['a relay of a network that is not served', encode(message('discover', { giaddr: '10.0.0.1' }))],
    ['an OFFER', encode(message('offer'))],
    ['nothing', Buffer.alloc(0)],
  ])('nowhere: %s', async (_name, bytes) => {
    const known = encode(message('inform', { ciaddr: '198.51.100.9', fields: { xid: 0xfeed } }));
    const answers = await ask(68, '255.255.255.255', 67, bytes, known);
    expect(answers.map(({ packet }) => packet.xid)).toEqual([0xfeed]);
  });
});

it('10,000 hostile packets: a machine gets its lease meanwhile, and the server is no larger for it', async () => {
  const before = await residentMegabytes();
  const flood = link.client.start([...program, 'flood', '10000', '7']);
  const sent = lineOf(flood, (line) => line === 'sent 10000');
  expect(await askOnce(link, macOf(1), 10)).toBe('198.51.100.200');
  await sent;
  await flood.exited;
  expect(await askOnce(link, macOf(1), 10)).toBe('198.51.100.200');
  expect((await residentMegabytes()) - before).toBeLessThan(100);
  await server.stop();
  expect(server.daemon.child.exitCode).toBe(0);
  const counted = server.events
    .filter(({ kind }) => kind === 'malformed')
    .map((e) => parseInt(e.message, 10));
  const received = counted.reduce((sum, count) => sum + count, 0);
  expect(received).toBeGreaterThan(0.95 * malformedIn(10_000, 7));
});

it('a disk that is full gives no lease, and once there is room the same client gets one', async () => {
  await server.stop();
  server = await startServer(link, { folder, range, diskSize: '1m' });
  await server.disk('fill the disk');
  // What the log holds in reserve is used up first, 64 KiB and at most 33 bytes a lease.
  const take = message('request', { mac: macOf(9), requested: '198.51.100.105', server: '198.51.100.1' });
  await link.client.run([...program, 'repeat', '8000', encode(take).toString('hex')]);
  await setTimeout(1200); // of more events than 500 in a second the number alone is told
  const failed = server.event(({ kind }) => kind === 'failed');
  const client = startUdhcpc(link);
  const bound = lineOf(client, (line) => line.startsWith('bound'));
  expect(await failed).toMatchObject({
    message: expect.stringMatching(/^lease not written \(.*ENOSPC.*; check the disk/),
  });
  await server.disk('empty the disk');
  expect(await bound).toBe('bound 198.51.100.100 from 198.51.100.1');
  await client.stop();
});

function malformedIn(count: number, seed: number): number {
  const random = seeded(seed);
  const packets = Array.from({ length: count }, () => decode(hostileBytes(random, Object.values(captured))));
  return packets.filter((packet) => 'malformed' in packet).length;
}

async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${server.daemon.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

function decoded(bytes: Buffer) {
  const packet = decode(bytes);
  if ('malformed' in packet) throw new Error(packet.malformed);
  return packet;
}
