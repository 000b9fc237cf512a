import { request } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { residentBytes } from '../../bench/dhcp/process-stat.ts';
import { lineOf } from '../net/namespaces.ts';

const MIB = 1 << 20;
let service: Daemon;
let port: number;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  port = await freePort();
  const argv = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'agent-program.ts')];
  service = startDaemon([process.execPath, ...argv, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await lineOf(service, (line) => line === 'ready');
  for (let i = 0; i < 50; i++) await askedOnce();
}, 60_000);
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await service.stop();
});

it('10,000 connections that never say a word of TLS', { timeout: 300_000 }, async () => {
  const before = residentBytes(service.pid!);
  for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, () => open()));
  const grown = (residentBytes(service.pid!) - before) / MIB;
  process.stderr.write(`10,000 idle connections of agents: ${grown.toFixed(0)} MiB\n`);
  expect(grown).toBeLessThan(400);
  await unharmed();
  await until(() => sockets.every((socket) => socket.closed), 90_000);
  await unharmed();
});

it('slow-loris: 500 requests over TLS that come byte by byte', { timeout: 300_000 }, async () => {
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 50 }, () => openTls()));
  const before = residentBytes(service.pid!);
  const text = `POST /agent/v1/register HTTP/1.1\r\nHost: x\r\nX-More: ${'a'.repeat(4000)}`;
  let at = 0;
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(text[at % text.length]!);
    at += 1;
  }, 500);
  try {
    await unharmed();
    await until(() => sockets.every((socket) => socket.closed), 90_000);
    expect((residentBytes(service.pid!) - before) / MIB).toBeLessThan(100);
    await unharmed();
  } finally {
    clearInterval(drip);
  }
});

/** Another client is answered as if nobody else was there. */
async function unharmed(): Promise<void> {
  const started = performance.now();
  expect(await askedOnce()).toBe(200);
  expect(performance.now() - started).toBeLessThan(5000);
}

/** From another address: how often one may ask is not what is tried here. */
function askedOnce(): Promise<number> {
  const options = { rejectUnauthorized: false, agent: false, localAddress: '127.0.0.9', timeout: 20_000 };
  return new Promise((resolve, reject) => {
    const sent = request(`https://127.0.0.1:${port}/agent/v1/ca`, options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode!));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer for 20 s')));
    sent.on('error', reject);
    sent.end();
  });
}

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await kept(socket, 'connect');
  return socket;
}

async function openTls(): Promise<void> {
  await kept(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect');
}

async function kept(socket: Socket, opened: string): Promise<void> {
  socket.on('error', () => undefined);
  sockets.push(socket);
  await new Promise((resolve, reject) => socket.once(opened, resolve).once('error', reject));
  socket.resume();
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
