import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DhcpPacket, decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import type { Lease } from '../../../pxe-server/dhcp/leases/lease.ts';
import { LeaseLog } from '../../../pxe-server/dhcp/leases/log.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { type DhcpOptions, DhcpServer } from '../../../pxe-server/dhcp/server.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';
import { closeFd, openUdp } from '../../../pxe-server/net/sockets.ts';
import { message } from './packets.ts';
import { startPolled } from './polled.ts';

/** On loopback: answers to relays go to port 67 there, where nobody hears them; port 4011 answers us. */
const loopback = Subnet.parse({ cidr: '127.0.0.0/8', ranges: [{ from: '127.0.0.10', to: '127.0.0.20' }] });

let folder: string;
let leases: string;
let client: Socket;
let errors: string[];
let events: DhcpEvent[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rackhand-dhcp-'));
  leases = join(folder, 'leases.log');
  errors = [];
  events = [];
  client = createSocket('udp4');
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
});
afterEach(() => {
  client.close();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<DhcpOptions> = {}, proxy = false) {
  const port = await freePort();
  const fd = openUdp({ address: '127.0.0.1', port });
  const server = tried(fd, () =>
    startPolled({
      sockets: [{ fd, interface: 'lo', serverAddress: '127.0.0.1', ...(proxy ? { port: 4011 } : {}) }],
      subnets: [loopback],
      leases,
      knowsHosts: () => true,
      isKnown: () => true,
      decideBoot: () => ({ kind: 'file', nextServer: '127.0.0.1', bootFile: 'snponly.efi' }),
      reservations: { addressOf: () => undefined, clientOf: () => undefined },
      onEvent: (event) => events.push(event),
      log: {
        debug: () => undefined,
        error: (_: object, text: string) => errors.push(text),
      } as unknown as Logger,
      ...options,
    }),
  );
  const send = (packet: DhcpPacket) => client.send(encode(packet), port, '127.0.0.1');
  return { server, send };
}

function tried<T>(fd: number, start: () => T): T {
  try {
    return start();
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

async function heard(): Promise<DhcpPacket> {
  const [bytes] = (await once(client, 'message')) as [Buffer];
  const packet = decode(bytes);
  if ('malformed' in packet) throw new Error(packet.malformed);
  return packet;
}

const request = message('request', { giaddr: '127.0.0.2', requested: '127.0.0.10', server: '127.0.0.1' });
const leased = { kind: 'ack', mac: '52:54:00:00:00:01', address: '127.0.0.10' };

it('is silent until it knows the hosts: an answer without boot file would end a boot', async () => {
  let asked = 0;
  const { server, send } = await start({ knowsHosts: () => asked++ > 0 }, true);
  send(message('request', { fields: { xid: 1 } }));
  send(message('request', { fields: { xid: 2 } }));
  expect(await heard()).toMatchObject({ type: 'ack', xid: 2, file: 'snponly.efi' });
  server.stop();
  expect(events).toHaveLength(1);
});

describe('one packet never ends the service for the others', () => {
  it('when the decision what to boot throws', async () => {
    let first = true;
    const decideBoot: DhcpOptions['decideBoot'] = () => {
      if (!first) return { kind: 'file', nextServer: '127.0.0.1', bootFile: 'snponly.efi' };
      first = false;
      throw new TypeError('a defect');
    };
    const { server, send } = await start({ decideBoot }, true);
    send(message('request'));
    send(message('request'));
    expect(await heard()).toMatchObject({ type: 'ack', file: 'snponly.efi' });
    expect(errors).toEqual([expect.stringMatching(/^packet not handled: TypeError: a defect/)]);
    server.stop();
  });
  it('when the reader of events throws, after the commit', async () => {
    let told: () => void = () => undefined;
    const onEvent = () => {
      told();
      throw new TypeError('a reader that is gone');
    };
    const { server, send } = await start({ onEvent });
    for (let i = 0; i < 2; i++) {
      const event = new Promise<void>((resolve) => {
        told = resolve;
      });
      send(request);
      await event;
    }
    server.stop();
    expect(errors[0]).toMatch(/^packet not handled: TypeError: a reader that is gone/);
  });
});

it('tells of a quirk once for each answer, and of the boot file that was given', async () => {
  const given: unknown[] = [];
  const onBootFile: DhcpOptions['onBootFile'] = (request, boot) => given.push([request.arch, boot]);
  const { server, send } = await start({ onBootFile }, true);
  const options: [number, Buffer][] = [
    [60, Buffer.from('HTTPClient:Arch:00016')],
    [93, Buffer.of(0, 7)],
  ];
  send(message('request', { options }));
  await heard();
  await expect.poll(() => events).toHaveLength(2);
  server.stop();
  expect(events[1]).toEqual({
    ...{ kind: 'quirk', mac: '52:54:00:00:00:01' },
    message: expect.stringMatching(/^quirk http-boot-with-another-architecture: it asks for HTTP Boot/),
  });
  expect(given).toEqual([['uefi-http-x64', expect.objectContaining({ bootFile: 'snponly.efi' })]]);
});

it('people’s questions are answered by the server, and what they change is on disk', async () => {
  const reactor = new Reactor();
  const fd = openUdp({ address: '127.0.0.1', port: await freePort() });
  const people = new DhcpServer(
    {
      sockets: [{ fd, interface: 'lo', serverAddress: '127.0.0.1' }],
      ...{ subnets: [loopback], leases, knowsHosts: () => true, decideBoot: () => ({ kind: 'none' }) },
      isKnown: () => true,
      reservations: { addressOf: () => undefined, clientOf: () => undefined },
      onEvent: (event) => events.push(event),
      log: { debug: () => undefined, error: () => undefined },
    },
    reactor,
  );
  const taken = { address: ipv4Number('127.0.0.15'), client: '52:54:00:00:00:01', state: 'bound' as const };
  const lease = { ...taken, expires: Date.now() + 60_000 };
  expect(people.ask({ ask: 'import', leases: [lease], take: [], dryRun: false })).toEqual({
    taken: 1,
    left: [],
  });
  expect(people.ask({ ask: 'page', from: 0, limit: 10, filter: { state: 'live' } })).toMatchObject({
    leases: [lease],
  });
  people.close();
  closeFd(fd);
  const found: Lease[] = [];
  new LeaseLog(leases, (read) => found.push(read)).close();
  expect(found).toEqual([lease]);
});

describe('stop', () => {
  it('leaves nothing unanswered, and the lease on disk', async () => {
    const { server, send } = await start({ onEvent: (event) => events.push(event) });
    send(request);
    await expect.poll(() => events).toEqual([{ ...leased, message: expect.stringMatching(/^leased/) }]);
    server.stop();
    const found: Lease[] = [];
    new LeaseLog(leases, (lease) => found.push(lease)).close();
    expect(found).toMatchObject([{ address: ipv4Number('127.0.0.10'), state: 'bound' }]);
  });
});

it('subnets that overlap are refused before anything is opened or written', async () => {
  const subnets = [loopback, Subnet.parse({ cidr: '127.1.0.0/16', ranges: [] })];
  await expect(start({ subnets })).rejects.toMatchObject({ code: 'subnets-overlap' });
  expect(existsSync(leases)).toBe(false);
});
