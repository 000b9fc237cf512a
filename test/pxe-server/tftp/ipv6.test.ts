import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openUdp } from '../../../pxe-server/net/sockets.ts';
import type { TftpEvent } from '../../../pxe-server/tftp/reports.ts';
import { TestClient } from './client.ts';
import { freePort } from './free-port.ts';
import { startPolled } from './polled.ts';
import { ack, readRequest, writeRequest } from './wire.ts';

const large = randomBytes(300_000);
const HERE = '::1';
let port: number;
let events: TftpEvent[];
let closing: (() => unknown)[];

beforeEach(async () => {
  events = [];
  port = await freePort();
  const server = startPolled({
    sockets: [HERE, '127.0.0.1'].map((address) => ({ fd: openUdp({ address, port }), address })),
    files: (name) => (name === 'large' ? large : undefined),
    onEvent: (event) => events.push(event),
    limits: { transfersPerClient: 2, timeout: 200 },
  });
  closing = [() => server.stop()];
});
afterEach(() => {
  for (const close of closing.reverse()) close();
});

async function client(address = HERE): Promise<TestClient> {
  const opened = await TestClient.open(port, address);
  closing.push(() => opened.close());
  return opened;
}

describe('TFTP over IPv6', () => {
  it.each([{}, { blksize: '1428', tsize: '0' }, { blksize: '65464', windowsize: '64' }])(
    'a file, with %j, told with its address',
    async (options) => {
      const bytes = await (await client()).download('large', options as Record<string, string>);
      expect(bytes.equals(large)).toBe(true);
      await vi.waitFor(() => expect(events).toHaveLength(1));
      expect(events[0]).toMatchObject({ kind: 'sent', client: '::1', file: 'large' });
      expect(events[0]!.transfer).toMatchObject({ size: 300_000, bytes: 300_000, requested: 0 });
    },
  );
  it('beside IPv4 on the same port', async () => {
    const [six, four] = [await client(), await client('127.0.0.1')];
    const files = await Promise.all([six.download('large'), four.download('large')]);
    expect(files.every((bytes) => bytes.equals(large))).toBe(true);
    await vi.waitFor(() => expect(events.map((event) => event.client).sort()).toEqual(['127.0.0.1', '::1']));
  });
  it('from a port of its own, and the same one when the request comes twice', async () => {
    const machine = await client();
    const first = await machine.ask('large', { tsize: '0' });
    expect(first.port).not.toBe(port);
    expect(await machine.ask('large', { tsize: '0' })).toEqual(first);
    const stranger = await client();
    stranger.send(ack(0), first.port);
    machine.send(ack(0), first.port);
    expect((await machine.nextBut(({ kind }) => kind === 'options')).packet).toMatchObject({ block: 1 });
    expect(stranger.waiting).toBe(0);
  });
  it('refusals: absent names, writing, too many at once', async () => {
    const machine = await client();
    expect((await machine.ask('absent')).packet).toMatchObject({ code: 1, message: 'absent not found' });
    machine.send(writeRequest('large'));
    expect((await machine.next()).packet).toMatchObject({ code: 2 });
    for (let i = 0; i < 2; i++) await (await client()).ask('large');
    expect((await machine.ask('large')).packet).toMatchObject({
      message: '2 transfers at once for one machine are too many',
    });
    expect(events.map(({ kind, client, file }) => [kind, client, file])).toEqual([
      ['absent', '::1', 'absent'],
      ['refused', '::1', 'large'],
      ['refused', '::1', 'large'],
    ]);
  });
  it('a machine that closes its port is noticed at once (ICMPv6)', async () => {
    const machine = await client();
    const { port: transfer } = await machine.ask('large', { blksize: '1000' });
    machine.send(ack(0), transfer);
    await machine.next();
    machine.socket.close();
    machine.close = () => {};
    await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toEqual(['aborted']), 3000);
    expect(events[0]!.message).toContain('its port is closed');
  });
  it('noise is counted, and what is longer than any request', async () => {
    const machine = await client();
    for (const bytes of [Buffer.alloc(0), Buffer.of(1), Buffer.alloc(4000, 1), Buffer.of(0, 4, 0, 0)])
      machine.send(bytes);
    machine.send(readRequest('absent'));
    expect((await machine.next()).packet).toMatchObject({ code: 1 });
    expect(events.find(({ kind }) => kind === 'malformed')?.message).toMatch(/from ::1$/);
  });
});
