import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeFd, openUdp } from '../../../pxe-server/net/sockets.ts';
import type { ServerLimits } from '../../../pxe-server/tftp/judge.ts';
import type { TftpEvent } from '../../../pxe-server/tftp/reports.ts';
import type { TftpFile } from '../../../pxe-server/tftp/source.ts';
import { seeded } from '../../shared/random.ts';
import { TestClient } from './client.ts';
import { freePort } from './free-port.ts';
import { startPolled } from './polled.ts';
import { ack, clientError, randomPacket, readRequest, writeRequest } from './wire.ts';

const large = randomBytes(300_000);
let folder: string;
let files: Map<string, TftpFile | (() => never)>;
let asked: string[];
let events: TftpEvent[];
let closing: (() => unknown)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-tftp-'));
  files = new Map<string, TftpFile | (() => never)>([
    ['empty', Buffer.alloc(0)],
    ['small', Buffer.from('loader')],
    ['exact', randomBytes(1024)],
    ['large', large],
  ]);
  asked = [];
  events = [];
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

/** On a free port of loopback; the sockets it opens are closed after the test. */
async function start(limits: Partial<ServerLimits> = {}): Promise<number> {
  const port = await freePort();
  const server = startPolled({
    sockets: [{ fd: openUdp({ address: '127.0.0.1', port }), address: '127.0.0.1' }],
    files: (name) => {
      asked.push(name);
      const file = files.get(name);
      return typeof file === 'function' ? file() : file;
    },
    onEvent: (event) => events.push(event),
    limits,
  });
  closing.push(() => server.stop());
  return port;
}

async function client(port: number): Promise<TestClient> {
  const opened = await TestClient.open(port);
  closing.push(() => opened.close());
  return opened;
}

/** The next event of that kind; a poll, since an event may be there already. */
async function event(kind: TftpEvent['kind']): Promise<TftpEvent> {
  for (let i = 0; i < 300; i++) {
    const at = events.findIndex((e) => e.kind === kind);
    if (at >= 0) return events.splice(at, 1)[0]!;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no event ${kind}: ${JSON.stringify(events)}`);
}

describe('files', () => {
  it.each(['empty', 'small', 'exact'])('%s, without options', async (name) => {
    const bytes = await (await client(await start())).download(name);
    expect(bytes).toEqual(files.get(name));
    expect((await event('sent')).message).toMatch(`sent ${name}, ${bytes.length} bytes in 0.`);
  });
  it.each([
    { blksize: '1468' },
    { blksize: '1468', windowsize: '4', tsize: '0' },
    { BLKSIZE: '65464', WindowSize: '65535' },
    { timeout: '1', tsize: '0' },
  ])('from memory, with %j', async (options) => {
    const bytes = await (await client(await start())).download('large', options as Record<string, string>);
    expect(bytes.equals(large)).toBe(true);
  });
  it('in blocks of 8 bytes', async () => {
    const machine = await client(await start());
    expect(await machine.download('exact', { blksize: '8', windowsize: '64' })).toEqual(files.get('exact'));
  });
  it('from a path, larger than what is read at once, and no byte beyond the size that was promised', async () => {
    const content = randomBytes(2_500_001);
    const path = join(folder, 'rootfs');
    await writeFile(path, content);
    files.set('rootfs', { path, size: 2_500_000 });
    const bytes = await (await client(await start())).download('rootfs', {
      blksize: '1468',
      windowsize: '16',
    });
    expect(bytes.equals(content.subarray(0, -1))).toBe(true);
  });
  it('as text: lines end with CR LF (mode netascii)', async () => {
    files.set('grub.cfg', Buffer.from('set a=1\nboot\r\n'));
    const machine = await client(await start());
    machine.send(readRequest('grub.cfg', { tsize: '0' }, 'NetASCII'));
    const { packet, port } = await machine.next();
    expect(packet).toEqual({ kind: 'options', options: { tsize: '17' } });
    machine.send(ack(0), port);
    const payload = Buffer.from('set a=1\r\nboot\r\0\r\n');
    expect((await machine.next()).packet).toEqual({ kind: 'data', block: 1, payload });
  });
  it('a leading slash or dot-slash is no part of the name; nothing else is mended', async () => {
    const port = await start();
    for (const name of ['/small', './small', '//small', './/./small'])
      expect((await (await client(port)).download(name)).toString()).toBe('loader');
    await expect((await client(port)).download('../small')).rejects.toThrow('1 ../small not found');
    expect(asked.at(-1)).toBe('../small');
  });
});

describe('refusals', () => {
  it('an absent name is told to the client and as an event', async () => {
    const machine = await client(await start());
    const { packet } = await machine.ask('grub/x86_64-efi/command.lst');
    expect(packet).toEqual({ kind: 'error', code: 1, message: 'grub/x86_64-efi/command.lst not found' });
    expect(await event('absent')).toMatchObject({ client: '127.0.0.1' });
  });
  it('a write request', async () => {
    const machine = await client(await start());
    machine.send(writeRequest('small'));
    expect((await machine.next()).packet).toMatchObject({ kind: 'error', code: 2 });
    expect((await event('refused')).message).toBe('small not taken: read-only server');
    expect(asked).toEqual([]);
  });
  it.each(['mail', 'x\x1b[2J'])('mode %j', async (mode) => {
    const machine = await client(await start());
    machine.send(readRequest('small', {}, mode));
    expect((await machine.next()).packet).toMatchObject({ kind: 'error', code: 4 });
    expect((await event('refused')).message).toMatch(/^mode [\x20-\x7e]+: only octet and netascii$/);
  });
  it('a file that is gone, or shorter than promised: an error that does not name its path', async () => {
    const path = join(folder, 'short');
    await writeFile(path, 'short');
    files.set('gone', { path: join(folder, 'gone'), size: 10 });
    files.set('shrunk', { path, size: 10 });
    const port = await start();
    expect((await (await client(port)).ask('gone')).packet).toEqual({
      kind: 'error',
      code: 1,
      message: 'gone not found',
    });
    expect((await event('failed')).message).toBe('gone cannot be read; check the catalog');
    expect((await (await client(port)).ask('shrunk')).packet).toEqual({
      kind: 'error',
      code: 0,
      message: 'file cannot be read',
    });
    expect((await event('failed')).message).toContain('is shorter than 10 bytes');
  });
  it('a defect while a name is looked up does not end the service', async () => {
    files.set('defect', () => {
      throw new TypeError('defect');
    });
    const port = await start();
    const machine = await client(port);
    machine.send(readRequest('defect'));
    expect((await machine.download('small')).toString()).toBe('loader');
  });
});

describe('one transfer', () => {
  const options = { blksize: '1000', tsize: '0' };
  it('leaves from a port of its own', async () => {
    const port = await start();
    const heard = await (await client(port)).ask('large', options);
    expect(heard.port).not.toBe(port);
    expect(heard.packet).toEqual({ kind: 'options', options: { blksize: '1000', tsize: '300000' } });
  });
  it('what others send to that port is nothing: acknowledgements, errors, noise', async () => {
    const port = await start();
    const [machine, stranger] = [await client(port), await client(port)];
    const { port: transfer } = await machine.ask('large', options);
    for (const bytes of [ack(0), ack(1), clientError(0, 'stop'), Buffer.alloc(0), readRequest('small')])
      stranger.send(bytes, transfer);
    machine.send(ack(0), transfer);
    expect((await machine.next()).packet).toMatchObject({ kind: 'data', block: 1 });
    machine.send(ack(1), transfer);
    expect((await machine.next()).packet).toMatchObject({ kind: 'data', block: 2 });
    expect(stranger.waiting).toBe(0);
    expect(events).toEqual([]);
  });
  it('malformed packets and requests to that port are nothing either', async () => {
    const machine = await client(await start());
    const { port: transfer } = await machine.ask('large', options);
    for (const bytes of [Buffer.alloc(0), Buffer.of(4), Buffer.of(0, 9, 9, 9), readRequest('small')])
      machine.send(bytes, transfer);
    machine.send(ack(0), transfer);
    expect((await machine.next()).packet).toMatchObject({ kind: 'data', block: 1 });
  });
  it('asking for the size and leaving, then asking in earnest from the same port at once', async () => {
    const machine = await client(await start());
    const { port: transfer } = await machine.ask('large', { tsize: '0' });
    machine.send(clientError(8, 'only the size'), transfer);
    expect((await machine.download('large', options)).equals(large)).toBe(true);
    expect((await event('aborted')).message).toBe(
      'large: the machine stopped the transfer (8 only the size)',
    );
  });
  it('asking for the size and leaving without a word', async () => {
    const machine = await client(await start());
    await machine.ask('large', { tsize: '0' });
    expect((await machine.download('large', options)).equals(large)).toBe(true);
    expect((await event('aborted')).message).toContain('it asked for something else');
  });
  it('a request that comes twice is answered twice, from the same port', async () => {
    const machine = await client(await start());
    const first = await machine.ask('large', options);
    expect(await machine.ask('large', options)).toEqual(first);
    expect(asked).toEqual(['large']);
  });
  it('a machine that was reset in the middle gets the same file again', async () => {
    const machine = await client(await start());
    const { port: transfer } = await machine.ask('large', options);
    machine.send(ack(0), transfer);
    await machine.next();
    const again = await machine.ask('large', options);
    expect(again.port).not.toBe(transfer);
    machine.send(ack(0), again.port);
    expect(await machine.next()).toMatchObject({ packet: { block: 1 }, port: again.port });
  });
  it('is repeated in silence and then given up', async () => {
    const machine = await client(await start({ timeout: 5, retries: 3 }));
    const seen = [await machine.ask('large', options)];
    const gaveUp = await event('gave-up');
    while (machine.waiting > 0) seen.push(await machine.next());
    expect(seen).toEqual(Array(4).fill(seen[0]));
    expect(gaveUp.message).toBe(
      'large: no answer after 0 bytes, given up; look at the link and at filters for UDP',
    );
  });
  it('ends when the client closes its port', async () => {
    const machine = await client(await start({ timeout: 40 }));
    const { port: transfer } = await machine.ask('large', options);
    machine.send(ack(0), transfer);
    await machine.next();
    machine.socket.close();
    machine.close = () => {};
    expect((await event('aborted')).message).toContain('its port is closed');
  });
  it('counts as sent when the client leaves after the last block', async () => {
    const machine = await client(await start({ timeout: 40 }));
    const { port: transfer } = await machine.ask('exact');
    machine.send(ack(1), transfer);
    await machine.next();
    machine.send(ack(2), transfer);
    await machine.next();
    machine.socket.close();
    machine.close = () => {};
    expect((await event('sent')).message).toMatch(
      /^sent exact, 1024 bytes in .*; the last acknowledgement did not come$/,
    );
  });
});

describe('limits', () => {
  it('for one machine: refused with the reason, and free again when one ended', async () => {
    const port = await start({ transfersPerClient: 2 });
    const machines = [await client(port), await client(port), await client(port)];
    const first = await machines[0]!.ask('large');
    await machines[1]!.ask('large');
    expect((await machines[2]!.ask('small')).packet).toEqual({
      kind: 'error',
      code: 0,
      message: '2 transfers at once for one machine are too many',
    });
    machines[0]!.send(clientError(0, 'enough'), first.port);
    await event('aborted');
    expect((await machines[2]!.download('small')).toString()).toBe('loader');
  });
  it('in total: no answer while all are under way, so that firmware asks again; told once', async () => {
    const port = await start({ transfers: 1 });
    const [first, second] = [await client(port), await client(port)];
    const { port: transfer } = await first.ask('large');
    first.send(ack(1), transfer);
    await first.next();
    for (let i = 0; i < 20; i++) second.send(readRequest('small'));
    expect((await event('refused')).message).toContain('left unanswered while too many transfers run');
    first.send(clientError(0, 'enough'), transfer);
    await event('aborted');
    expect((await second.download('small')).toString()).toBe('loader');
    expect(events.filter((e) => e.kind === 'refused')).toEqual([]);
  });
  it('in total: the oldest that was never answered makes room, as those of forged senders', async () => {
    const port = await start({ transfers: 20, transfersPerClient: 1000 });
    const busy = await client(port);
    const { port: transfer } = await busy.ask('large');
    busy.send(ack(1), transfer);
    expect((await busy.next()).packet).toMatchObject({ kind: 'data', block: 2 });
    for (let i = 0; i < 100; i++) (await client(port)).send(readRequest('small'));
    expect((await (await client(port)).download('exact')).length).toBe(1024);
    busy.send(ack(2), transfer);
    // Blocks come again while the others were asking.
    const goesOn = await busy.nextBut((packet) => packet.kind === 'data' && packet.block === 2);
    expect(goesOn.packet).toMatchObject({ kind: 'data', block: 3 });
    expect((await event('refused')).message).toContain('left unanswered while too many transfers run');
    expect(events.filter((e) => e.kind !== 'sent')).toEqual([]);
  });
});

describe('the service', () => {
  it('tells running clients when it stops, and leaves no socket', async () => {
    const port = await start();
    const machine = await client(port);
    await machine.ask('large', { tsize: '0' });
    await closing.shift()!();
    expect((await machine.next()).packet).toEqual({ kind: 'error', code: 0, message: 'server stops' });
    closeFd(openUdp({ address: '127.0.0.1', port }));
  });
  it('10,000 random packets and tiny ones while a transfer runs: counted, and the transfer is whole', async () => {
    const port = await start();
    const [machine, noise] = [await client(port), await client(port)];
    const random = seeded(783);
    const flood = (async () => {
      for (let i = 0; i < 10_000; i++) {
        const packet = i % 10 === 0 ? Buffer.alloc(i % 20 === 0 ? 0 : 1) : randomPacket(random);
        noise.send(packet);
        if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const bytes = await machine.download('large', { blksize: '1024' });
    await flood;
    expect(bytes.equals(large)).toBe(true);
    expect((await machine.download('small')).toString()).toBe('loader');
    const { message } = await event('malformed');
    expect(message).toMatch(/^\d+ malformed TFTP packet\(s\), the last: /);
  });
});
