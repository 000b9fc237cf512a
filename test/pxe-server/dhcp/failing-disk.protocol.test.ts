import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { type Link, makeLink } from '../net/namespaces.ts';
import { macOf } from './packets.ts';
import { startTelling, type TellingServer } from './short-leases.ts';
import { askOnce } from './udhcpc.ts';

let link: Link;
let folder: string;
let server: TellingServer;
beforeAll(async () => {
  link = await makeLink();
  folder = await mkdtemp(join(tmpdir(), 'rackhand-disk-'));
});
afterAll(async () => {
  await server?.stop();
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

const start = () =>
  startTelling(link.server, {
    ...{ device: link.serverDevice, address: link.serverAddress, folder, leaseSeconds: 3600, probe: true },
    subnets: [{ cidr: '198.51.100.0/24', range: { from: '198.51.100.100', to: '198.51.100.120' } }],
  });
/** Every write to a file fails from now on (EFBIG), or works again. */
const disk = (state: 'fails' | 'works') => {
  const limit = state === 'fails' ? '0' : 'unlimited';
  return run(['prlimit', '--pid', String(server.pid), `--fsize=${limit}:unlimited`]);
};
const acks = () => server.events.filter(({ kind }) => kind === 'ack').length;

it('a disk that fails: no ACK, an event that says so, and the next request is answered once it works', async () => {
  server = await start();
  const first = await askOnce(link, macOf(1), 5);
  expect(first).toBeDefined();
  expect(acks()).toBe(1);
  await disk('fails');
  expect(await askOnce(link, macOf(2), 3)).toBeUndefined();
  // Nor does the lease of somebody else: it would run out sooner on disk than its owner was told.
  expect(await askOnce(link, macOf(1), 3)).toBeUndefined();
  expect(acks()).toBe(1);
  const failed = server.events.filter(({ kind }) => kind === 'failed');
  expect(new Set(failed.map(({ mac }) => mac))).toEqual(new Set([macOf(1), macOf(2)]));
  expect(failed[0]!.message).toMatch(/^lease not written \(.+\): no answer given; check the disk/);
  await disk('works');
  const second = await askOnce(link, macOf(2), 5);
  expect(second).toBeDefined();
  expect(second).not.toBe(first);
  expect(await askOnce(link, macOf(1), 5)).toBe(first);
  await server.stop();
  server = await start();
  expect([await askOnce(link, macOf(2), 5), await askOnce(link, macOf(1), 5)]).toEqual([second, first]);
});
