import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_WAITING } from '../../../pxe-server/http/in-turn.ts';
import { type HttpServer, KINDS, type KindName, requestOf, startServer } from './servers.ts';

const MIB = 1 << 20;
/** Clients that ask for everything at once and read nothing of it, in each of some rounds, and how much they ask for. */
const CLIENTS = 20;
const ROUNDS = 3;
const REQUESTS = 20_000;
/** MiB: what V8 takes before it collects; all requests at once took 190 to 250. */
const GROWTH = 160;
/** Clients that ask for no more than may wait. */
const PATIENT = 300;
const ASKED = ['usual', 'large', 'others'] as const;

describe.each(Object.keys(KINDS) as KindName[])('%s', (name) => {
  let folder: string;
  let server: HttpServer;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rackhand-pipelined-'));
    server = await startServer(name, folder);
  });
  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(ASKED)(
    `${CLIENTS} clients that ask ${REQUESTS} times at once (%s) and read nothing`,
    async (what) => {
      const open = descriptors(server.pid);
      const { most, before } = watched(server.pid);
      const sockets = [];
      for (let round = 0; round < ROUNDS; round++) {
        for (let i = 0; i < CLIENTS; i++) {
          const socket = (await server.greeted()).pause();
          socket.write([server[what]].flat().map(requestOf).join('').repeat(REQUESTS));
          sockets.push(socket);
        }
        await setTimeout(1000);
        await server.unharmed();
      }
      const grown = (most() - before) / MIB;
      process.stderr.write(`${name}, ${what}, all at once: ${grown.toFixed(0)} MiB\n`);
      expect(grown).toBeLessThan(GROWTH);
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => descriptors(server.pid), { timeout: 10_000 }).toBeLessThanOrEqual(open + 2);
    },
  );

  it.each(ASKED)(`${PATIENT} clients that ask as often as may wait (%s), and read nothing`, async (what) => {
    const sockets = [];
    for (let i = 0; i < PATIENT; i++) sockets.push((await server.greeted()).pause());
    const memory = watched(server.pid);
    for (const socket of sockets)
      socket.write(
        [server[what]]
          .flat()
          .map(requestOf)
          .join('')
          .repeat(MOST_WAITING + 1),
      );
    await setTimeout(2000);
    await server.unharmed();
    const each = (memory.most() - memory.before) / PATIENT / 1024;
    process.stderr.write(`${name}, ${what}, as often as may wait: ${each.toFixed(0)} KiB for each\n`);
    // One answer of those nine, and of an image two pieces that Node reads ahead where the kernel cannot send it.
    const most = what !== 'large' ? 400 : server.tls ? 1600 : 800;
    expect(each).toBeLessThan(most);
    expect(sockets.filter((socket) => socket.closed)).toEqual([]);
  });
});

/** Bytes that a process has resident now, and the most of them from now on (proc_pid_clear_refs(5)). */
function watched(pid: number): { before: number; most(): number } {
  const field = (name: string) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
  };
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return { before: field('VmRSS'), most: () => field('VmHWM') };
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
