import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { open, truncate, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Sender, startSender } from '../../../pxe-server/http/sendfile/sender.ts';
import type { HttpFact, Step } from '../../../pxe-server/trace/entry.ts';
import { type BootService, IMAGE, startBootHttp } from './boot-fixture.ts';

const ROOTFS = `/images/${IMAGE}/rootfs.squashfs`;
/** More than the buffers of two sockets take. */
const SIZE = 24 << 20;
/** On a busy machine a client that reads may come to nothing for some seconds. */
const PATIENT_MS = 60_000;
const STALL_MS = 700;
let service: BootService;
let sender: Sender;
let rootfs: Buffer;
let sent: (string | undefined)[];
let steps: Step['fact'][];

beforeEach(() => start(PATIENT_MS), 60_000);
afterEach(stop, 60_000);

async function stop(): Promise<void> {
  await service.close();
  await sender.stop();
}

async function start(stallMs: number): Promise<void> {
  const thread = startSender(stallMs, (error) => service.internal.push(error));
  sent = [];
  steps = [];
  sender = {
    ...thread,
    async send(...about) {
      const outcome = await thread.send(...about);
      sent.push(outcome.failure);
      return outcome;
    },
  };
  service = await startBootHttp({ delivery: { sender }, onStep: (step) => steps.push(step.fact) });
  rootfs = randomBytes(SIZE);
  await writeFile(join(service.folder, 'rootfs.squashfs'), rootfs);
  service.replica.images[0]!.artifacts.find((a) => a.role === 'rootfs')!.size = SIZE;
}

const GET = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

it('whole, and ranges of it', async () => {
  const whole = await service.ask(ROOTFS);
  expect(whole).toMatchObject({ status: 200, headers: { 'content-length': String(SIZE) } });
  expect(whole.body.equals(rootfs)).toBe(true);
  const range = `bytes=1000000-${SIZE - 11},5-9`;
  const several = await service.ask(ROOTFS, { headers: { range } });
  expect(several.headers['content-length']).toBe(String(several.body.length));
  expect(several.body.includes(rootfs.subarray(1_000_000, SIZE - 10))).toBe(true);
  expect(several.body.includes(Buffer.concat([Buffer.from('\r\n\r\n'), rootfs.subarray(5, 10)]))).toBe(true);
  // The client has its last byte before the sender has told so.
  await expect.poll(() => sent).toEqual([undefined, undefined]);
});

it('requests that come before the answer are answered after it, on the same connection', async () => {
  const scripts = '/boot/grub.cfg';
  const text = (await service.ask(scripts)).body;
  const asked = [GET(scripts), GET(ROOTFS), GET(scripts), GET(ROOTFS), GET(scripts, 'Connection: close\r\n')];
  const all = await conversation(asked.join(''));
  const bodies = [text, rootfs, text, rootfs, text];
  let at = 0;
  for (const body of bodies) {
    const head = all.indexOf('\r\n\r\n', at);
    expect(all.subarray(at, head).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    at = head + 4;
    expect(all.subarray(at, at + body.length).equals(body)).toBe(true);
    at += body.length;
  }
  expect(at).toBe(all.length);
});

it('many at once', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => service.ask(ROOTFS)));
  for (const { body } of answers) expect(body.equals(rootfs)).toBe(true);
  await expect.poll(() => sent).toEqual(answers.map(() => undefined));
});

it.each<[string, (path: string) => Promise<unknown>]>([
  ['cut short', (path) => truncate(path, SIZE >> 1)],
  ['cut by one byte', (path) => truncate(path, SIZE - 1)],
  ['made longer', (path) => truncate(path, SIZE + 1)],
  ['written to', overwrite],
])('a file that is %s meanwhile breaks the connection', async (_how, change) => {
  const path = join(service.folder, 'rootfs.squashfs');
  await utimes(path, 1, 1);
  const socket = await asked(GET(ROOTFS));
  await change(path);
  const bytes = await rest(socket);
  await expect.poll(() => sent).toEqual(['changed']);
  expect(bytes.length).toBeLessThan(SIZE);
  const warned = () => service.traces.filter(({ kind }) => kind === 'warning').map(({ message }) => message);
  await expect
    .poll(warned)
    .toEqual([expect.stringContaining('rootfs of image 0123456789abcdef is not there as it was built')]);
});

it('a client that takes nothing is given up, and others are served meanwhile', async () => {
  await stop();
  await start(STALL_MS);
  const before = await descriptorsAtRest();
  const stalled = await Promise.all(Array.from({ length: 20 }, () => asked(GET(ROOTFS))));
  const first = { headers: { range: 'bytes=0-999999' } }; // more than Node sends, less than the buffers take
  expect((await service.ask(ROOTFS, first)).body.equals(rootfs.subarray(0, 1_000_000))).toBe(true);
  expect((await service.ask('/boot/grub.cfg')).status).toBe(200);
  await until(() => sent.filter((failure) => failure === 'stalled').length === 20);
  for (const socket of stalled) expect((await rest(socket)).length).toBeLessThan(SIZE);
  await until(() => descriptors() <= before);
});

it('a client that goes leaves nothing open', async () => {
  const before = await descriptorsAtRest();
  for (let i = 0; i < 20; i++) {
    const socket = await asked(GET(ROOTFS));
    if (i % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await until(() => sent.length === 20 && descriptors() <= before);
  expect(new Set(sent)).not.toContain(undefined);
  expect(service.internal).toEqual([]);
});

it('what is told of it counts the bytes that went past Node', async () => {
  await service.ask(ROOTFS);
  await expect.poll(() => steps.at(-1)).toMatchObject({ step: 'sent', bytes: SIZE, size: SIZE });
  const socket = await asked(GET(ROOTFS));
  await until(() => socket.bytesRead > 10_000); // its head comes from Node
  socket.resetAndDestroy();
  await until(() => (steps.at(-1) as HttpFact).step === 'broken');
  const { bytes } = steps.at(-1) as HttpFact & { bytes: number };
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(SIZE);
});

it('a thread that fails breaks what it sends; Node sends until there is another', async () => {
  const before = await descriptorsAtRest();
  const [broken, poisoned] = [await asked(GET(ROOTFS)), connect(service.port, '127.0.0.1')];
  await once(poisoned, 'connect');
  const reset = new Promise((resolve) => broken.once('close', resolve));
  // No byte begins at one half: an error of the thread's own.
  const part = { fd: 0, start: 0.5, end: 1, size: 1, mtimeNs: 0n };
  expect(await sender.send(poisoned, part)).toEqual({ bytes: 0, failure: 'aborted' });
  poisoned.destroy();
  broken.resume();
  await reset;
  expect(broken.bytesRead).toBeLessThan(SIZE);
  expect(service.internal.splice(0)).toEqual([expect.any(RangeError)]);
  await expect.poll(() => sent.splice(0)).toEqual(['aborted', 'aborted']);
  expect((await service.ask(ROOTFS)).body.equals(rootfs)).toBe(true);
  expect(sent).toEqual([]);
  const other = connect(service.port, '127.0.0.1');
  await once(other, 'connect');
  await expect.poll(() => sender.takes(other), { timeout: 5000 }).toBe(true);
  other.destroy();
  expect((await service.ask(ROOTFS)).body.equals(rootfs)).toBe(true);
  await expect.poll(() => sent).toEqual([undefined]);
  await until(() => descriptors() <= before);
});

it('when the thread has ended, Node sends', async () => {
  await sender.stop();
  expect((await service.ask(ROOTFS)).body.equals(rootfs)).toBe(true);
  expect(sent).toEqual([]);
});

/** Everything that comes until the connection ends. */
async function conversation(text: string): Promise<Buffer> {
  const socket = connect(service.port, '127.0.0.1');
  socket.write(text);
  return rest(socket);
}

function rest(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  return new Promise((resolve) => socket.on('close', () => resolve(Buffer.concat(chunks))));
}

/** A connection whose answer has begun and is read no further. */
async function asked(text: string): Promise<Socket> {
  const socket = connect(service.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text);
  await new Promise((resolve) => socket.once('readable', resolve));
  return socket;
}

async function overwrite(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from('x'), 0, 1, SIZE - 1);
  await file.close();
}

/** When the thread is at work, with whatever it opens for itself. */
async function descriptorsAtRest(): Promise<number> {
  const first = { headers: { range: 'bytes=0-999999' } };
  expect((await service.ask(ROOTFS, first)).body.length).toBe(1_000_000);
  await until(() => sent.length === 1);
  sent = [];
  return descriptors();
}

const descriptors = () => readdirSync('/proc/self/fd').length;

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}
