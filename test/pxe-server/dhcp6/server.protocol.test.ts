import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseLog } from '../../../pxe-server/dhcp/leases/log.ts';
import type { DhcpEvent } from '../../../pxe-server/dhcp/reports.ts';
import { decode6, encode6, type Message6, type Packet6 } from '../../../pxe-server/dhcp6/codec.ts';
import { Option6, optionOf } from '../../../pxe-server/dhcp6/options.ts';
import { Ipv6 } from '../../../pxe-server/dhcp6/schema.ts';
import { Dhcp6Server } from '../../../pxe-server/dhcp6/server.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';
import { closeFd, openUdp } from '../../../pxe-server/net/sockets.ts';
import { FIRMWARE, message6, relayed, SERVER_ID } from './packets.ts';

/** The server on loopback, asked by a relay, which has the port of one (547): that takes root. */
const PORT = 35_470;
const INTERFACE_ID: [number, Buffer] = [Option6.interfaceId, Buffer.from('ge-0/0/7')];
const ipv6 = Ipv6.parse({
  ...{ address: 'fd00:52::1', prefix: 'fd00:52::/64' },
  range: { from: 'fd00:52::100', to: 'fd00:52::101' },
});

let folder: string;
let fd: number;
let relay: Socket;
let reactor: Reactor;
let server: Dhcp6Server;
let events: DhcpEvent[];
let knowsHosts: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-server6-'));
  relay = createSocket('udp6').bind(547, '::1');
  await once(relay, 'listening');
  fd = openUdp({ address: '::1', port: PORT });
  events = [];
  knowsHosts = true;
  start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.close();
  closeFd(fd);
  relay.close();
  await rm(folder, { recursive: true });
});

function start(): void {
  reactor = new Reactor();
  server = new Dhcp6Server(
    {
      ...{
        sockets: [{ fd, interface: 'lo', ipv6 }],
        leases: join(folder, 'leases6.log'),
        serverId: SERVER_ID,
      },
      knowsHosts: () => knowsHosts,
      decideBoot: ({ isPxe }, nextServer) =>
        isPxe ? { kind: 'file', nextServer, bootFile: 'snponly.efi' } : { kind: 'none' },
      reservations: { addressOf: () => undefined, macOf: () => undefined },
      onEvent: (event) => events.push(event),
      log: { debug: () => undefined, error: () => undefined },
    },
    reactor,
  );
}

/** One turn of the server with these messages. @returns what the relay hears of it */
async function turn(messages: Message6[], link = 'fd00:52::1'): Promise<Packet6[]> {
  const heard: Packet6[] = [];
  const hear = (bytes: Buffer) => heard.push(decode6(bytes) as Packet6);
  relay.on('message', hear);
  const relays = [relayed(link, { options: [INTERFACE_ID] })];
  for (const message of messages) {
    const bytes = encode6({ direction: 'to-server', relays, message });
    await new Promise<void>((sent) => relay.send(bytes, PORT, '::1', () => sent()));
  }
  reactor.turn(100);
  // A turn may block for longer than the pause, whose clock began before it: answers are taken first.
  for (let polled = 0; polled < 2; polled++) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  relay.off('message', hear);
  return heard;
}

const request = (mac: string) => message6('request', { mac, server: SERVER_ID });
const macs = ['52:54:00:00:00:01', '52:54:00:00:00:02'] as const;

describe('through a relay', () => {
  it('an answer goes back to its port, with its interface', async () => {
    const [answer] = await turn([message6('solicit', { options: FIRMWARE.pxe })]);
    expect(answer).toMatchObject({ direction: 'to-client', message: { type: 'advertise' } });
    expect(answer!.relays).toEqual([relayed('fd00:52::1', { options: [INTERFACE_ID] })]);
    const url = optionOf(answer!.message.options, Option6.bootFileUrl)?.toString();
    expect(url).toBe('tftp://[fd00:52::1]/snponly.efi');
    expect(events).toMatchObject([{ kind: 'offer', address: 'fd00:52::100', mac: '52:54:00:12:34:56' }]);
  });
  it.each([
    ['of a network that nobody configured', 'fd77::1'],
    ['while the hosts are not known yet', undefined],
  ])('%s nothing is answered', async (_when, link) => {
    knowsHosts = link !== undefined;
    expect(await turn([message6('solicit')], link)).toEqual([]);
    expect(events).toEqual([]);
  });
});

describe('leases', () => {
  it('of a turn share one commit, and every Reply leaves after it', async () => {
    const commit = vi.spyOn(LeaseLog.prototype, 'commit');
    const answers = await turn(macs.map(request));
    expect(answers.map(({ message }) => message.type)).toEqual(['reply', 'reply']);
    expect(commit).toHaveBeenCalledTimes(1);
    expect(events.map(({ kind }) => kind)).toEqual(['ack', 'ack']);
  });
  it('that the disk refuses are not given, and are once it takes them', async () => {
    vi.spyOn(LeaseLog.prototype, 'commit').mockImplementationOnce(() => {
      throw new Error('ENOSPC: no space left on device');
    });
    expect(await turn(macs.map(request))).toEqual([]);
    expect(events.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
    expect(events[0]!.message).toMatch(/^IPv6 lease not written \(ENOSPC.*check the disk/);
    expect(await turn(macs.map(request))).toHaveLength(2);
  });
  it('are there after a start: the same for their clients, none for others', async () => {
    await turn(macs.map(request));
    server.close();
    start();
    const [third] = await turn([message6('solicit', { mac: '52:54:00:00:00:03' })]);
    expect(third!.message.type).toBe('advertise');
    expect(events.at(-1)).toMatchObject({ kind: 'refused' });
    await turn([message6('solicit', { mac: macs[1] }), message6('solicit', { mac: macs[0] })]);
    expect(events.slice(-2).map(({ address }) => address)).toEqual(['fd00:52::101', 'fd00:52::100']);
  });
});
