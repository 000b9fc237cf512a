import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { residentBytes } from '../../bench/dhcp/process-stat.ts';
import { requestTo } from './boot-fixture.ts';
import { type HttpServer, IMAGE_SIZE, KINDS, type KindName, requestOf, startServer } from './servers.ts';

const MIB = 1 << 20;
const IDLE = 10_000;
const STALLED = 200;

describe.each(Object.keys(KINDS) as KindName[])('%s', (name) => {
  let folder: string;
  let server: HttpServer;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rackhand-http-'));
    server = await startServer(name, folder);
  });
  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(`${IDLE} connections on which nothing is said`, { timeout: 300_000 }, async () => {
    const before = residentBytes(server.pid);
    const sockets: Socket[] = [];
    while (sockets.length < IDLE)
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => server.opened()))));
    for (const socket of sockets) socket.resume();
    const grown = (residentBytes(server.pid) - before) / MIB;
    process.stderr.write(`${name}: ${IDLE} idle connections: ${grown.toFixed(0)} MiB\n`);
    expect(grown).toBeLessThan(server.tls ? 400 : 250);
    await server.unharmed();
    await expect.poll(() => sockets.every(({ closed }) => closed), { timeout: 90_000 }).toBe(true);
    await server.unharmed();
  });

  it('slow-loris: 500 requests that come byte by byte', { timeout: 300_000 }, async () => {
    const sockets: Socket[] = [];
    while (sockets.length < 500)
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => server.greeted()))));
    for (const socket of sockets) socket.resume();
    const before = residentBytes(server.pid);
    const started = performance.now();
    const text = `GET ${server.large} HTTP/1.1\r\nHost: x\r\nX-More: ${'a'.repeat(4000)}`;
    let at = 0;
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(text[at % text.length]!);
      at += 1;
    }, 500);
    try {
      await server.unharmed();
      await expect.poll(() => sockets.every(({ closed }) => closed), { timeout: 90_000 }).toBe(true);
      expect(performance.now() - started).toBeGreaterThan(20_000);
      expect((residentBytes(server.pid) - before) / MIB).toBeLessThan(100);
      await server.unharmed();
    } finally {
      clearInterval(drip);
    }
  });

  it(`${STALLED} clients that stop reading`, { timeout: 120_000 }, async () => {
    const before = residentBytes(server.pid);
    for (let i = 0; i < STALLED; i++) (await server.greeted()).pause().write(requestOf(server.large));
    await server.unharmed();
    if (name === 'HTTP boot')
      expect((await requestTo(server.port, server.large)).body).toHaveLength(IMAGE_SIZE);
    const grown = (residentBytes(server.pid) - before) / MIB;
    process.stderr.write(`${name}: ${STALLED} clients that stopped reading: ${grown.toFixed(0)} MiB\n`);
    expect(grown).toBeLessThan(server.tls ? 300 : 100);
  });
});
