import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { type Link, lineOf, lose, makeLink } from '../net/namespaces.ts';
import { macOf } from './packets.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { askOnce, startUdhcpc } from './udhcpc.ts';

const range = { from: '198.51.100.100', to: '198.51.100.120' };
const from = 'from 198.51.100.1';
let link: Link;
let folder: string;
let server: RunningServer;
let client: Daemon | undefined;

beforeAll(async () => {
  link = await makeLink();
  folder = await mkdtemp(join(tmpdir(), 'rackhand-dhcp-'));
  server = await startServer(link, { folder, range });
});
afterEach(async () => {
  await client?.stop();
  client = undefined;
});
afterAll(async () => {
  await server?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('busybox udhcpc', () => {
  it('gets an address, renews it by unicast and gives it back', async () => {
    client = startUdhcpc(link);
    const acked = server.event(({ kind }) => kind === 'ack');
    expect(await lineOf(client, (line) => line.startsWith('bound'))).toBe(`bound 198.51.100.100 ${from}`);
    expect(await acked).toMatchObject({ address: '198.51.100.100' });

    const renewed = server.event(({ kind }) => kind === 'ack');
    const told = lineOf(client, (line) => line.startsWith('renew'));
    process.kill(client.pid!, 'SIGUSR1');
    expect(await told).toBe(`renew 198.51.100.100 ${from}`);
    expect(await renewed).toMatchObject({ address: '198.51.100.100' });

    const released = server.event(({ kind }) => kind === 'release');
    process.kill(client.pid!, 'SIGUSR2');
    expect(await released).toMatchObject({ address: '198.51.100.100', message: 'released 198.51.100.100' });
  });
  it('gets the same address again after the server was killed, and others get others', async () => {
    const before = await askOnce(link, macOf(1), 10);
    expect(before).toMatch(/^198\.51\.100\.1\d\d$/);
    await server.crash();
    server = await startServer(link, { folder, range });
    const stranger = await askOnce(link, macOf(2), 10);
    expect(await askOnce(link, macOf(1), 10)).toBe(before);
    expect(stranger).not.toBe(before);
  });
  it('renews after the server was restarted', async () => {
    client = startUdhcpc(link);
    const bound = await lineOf(client, (line) => line.startsWith('bound'));
    await server.stop();
    server = await startServer(link, { folder, range });
    const told = lineOf(client, (line) => /^(renew|nak|deconfig)/.test(line));
    process.kill(client.pid!, 'SIGUSR1');
    expect(await told).toBe(bound.replace('bound', 'renew'));
  });
  it('gets an address of here though it asks for one of elsewhere', async () => {
    client = startUdhcpc(link, ['-r', '192.0.2.77']);
    expect(await lineOf(client, (line) => line.startsWith('bound'))).toMatch(
      /^bound 198\.51\.100\.1\d\d from/,
    );
  });
});

/** udhcpc ends after three requests without an answer, whatever -t says: one client in a hundred here; so it is started again. */
async function askUntilGiven(mac: string): Promise<string | undefined> {
  for (let start = 1; start <= 4; start++) {
    const given = await askOnce(link, mac, 15);
    if (given !== undefined) return given;
  }
  return undefined;
}

it('12 machines get an address each though a fifth of all packets is lost', async () => {
  await server.stop();
  server = await startServer(link, { folder, range });
  await lose(link.server, link.serverDevice, 20);
  const given: (string | undefined)[] = [];
  for (let number = 1; number <= 12; number++) given.push(await askUntilGiven(macOf(number)));
  expect(given).not.toContain(undefined);
  expect(new Set(given).size).toBe(12);
  const { stdout } = await link.server.run(['nft', 'list', 'table', 'ip', 'lossy']);
  expect(Number(/counter packets (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(2);
});
