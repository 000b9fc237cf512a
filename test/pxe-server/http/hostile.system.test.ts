import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { residentBytes } from '../../bench/dhcp/process-stat.ts';
import { lineOf } from '../net/namespaces.ts';
import { requestTo } from './boot-fixture.ts';

const SIZE = 32 << 20;
const FILE = '/images/0123456789abcdef/rootfs.squashfs';
const SCRIPT = '/boot/host.ipxe?mac=0a:dd:00:00:00:00';
const MIB = 1 << 20;
let folder: string;
let service: Daemon;
let port: number;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  folder = await mkdtemp(join(tmpdir(), 'rackhand-http-'));
  await writeFile(join(folder, 'rootfs.squashfs'), Buffer.alloc(SIZE, 'x'));
  port = await freePort();
  const program = join(import.meta.dirname, '../../bench/http/service-program.ts');
  service = startDaemon([process.execPath, program, String(port), join(folder, 'rootfs.squashfs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await lineOf(service, (line) => line === 'ready');
  for (let i = 0; i < 300; i++) await requestTo(port, SCRIPT);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

it('10,000 connections that ask for nothing', { timeout: 300_000 }, async () => {
  const before = residentBytes(service.pid!);
  for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, () => open()));
  const grown = (residentBytes(service.pid!) - before) / MIB;
  process.stderr.write(`10,000 idle connections: ${grown.toFixed(0)} MiB\n`);
  expect(grown).toBeLessThan(250);
  await unharmed();
  await until(() => sockets.every((socket) => socket.closed), 90_000);
  await unharmed();
});

it('slow-loris: requests that come byte by byte', { timeout: 300_000 }, async () => {
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, () => open()));
  const before = residentBytes(service.pid!);
  const started = performance.now();
  const text = `GET ${FILE} HTTP/1.1\r\nHost: x\r\nX-More: ${'a'.repeat(4000)}`;
  let at = 0;
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(text[at % text.length]!);
    at += 1;
  }, 500);
  try {
    await unharmed();
    await until(() => sockets.every((socket) => socket.closed), 90_000);
    expect(performance.now() - started).toBeGreaterThan(20_000);
    expect((residentBytes(service.pid!) - before) / MIB).toBeLessThan(100);
    await unharmed();
  } finally {
    clearInterval(drip);
  }
});

it('200 downloads of clients that stop reading', { timeout: 120_000 }, async () => {
  const before = residentBytes(service.pid!);
  for (let i = 0; i < 200; i++) {
    const socket = await open();
    socket.pause();
    socket.write(`GET ${FILE} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  await unharmed();
  const grown = (residentBytes(service.pid!) - before) / MIB;
  process.stderr.write(`200 downloads of clients that stopped reading: ${grown.toFixed(0)} MiB\n`);
  expect(grown).toBeLessThan(100);
});

/** A script and a whole file come as if nobody else was there. */
async function unharmed(): Promise<void> {
  const started = performance.now();
  expect((await requestTo(port, SCRIPT)).body.toString()).toMatch(/^#!ipxe\n/);
  const script = performance.now() - started;
  const { status, body } = await requestTo(port, FILE);
  expect([status, body.length]).toEqual([200, SIZE]);
  expect(script).toBeLessThan(5000);
}

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.resume();
  return socket;
}

async function until(condition: () => boolean, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(condition()).toBe(true);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
