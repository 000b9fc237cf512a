import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { BootReport } from '../../../builder/contract/agent-protocol.ts';
import { sha256 } from '../../../builder/shared/ids.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { type Desk, freshKeys, type Keys, openDesk } from './desk.ts';
import { registration } from './request.ts';

const MAC = '52:54:00:00:00:01';
const PEER = '192.0.2.9';
const SHORT: BootReport = {
  code: 'memory-short',
  final: true,
  message: 'this boot needs 2048 MiB of memory, this machine has 970 MiB; put in more memory',
};
const BROKEN: BootReport = {
  code: 'image-truncated',
  final: false,
  message: 'the connection ended after 3 MiB',
};

let keys: Keys;
let desk: Desk;
let reports: BootReports;
beforeAll(async () => {
  keys = await freshKeys();
});
afterAll(() => keys.remove());
beforeEach(async () => {
  desk = await openDesk(keys.holder);
  reports = new BootReports(desk);
});
afterEach(() => desk.close());

async function booting() {
  const host = await desk.registry.declare({ name: 'node1', macs: [MAC], arm: 'always' });
  const token = await desk.mint('register', { host, mac: MAC });
  await desk.registry.signal(host.id, 'booted', 'boots image lab');
  return { id: host.id, token, key: sha256(token) };
}

it('a boot that its initramfs ended has failed, for the reason that the initramfs gives', async () => {
  const { id, key } = await booting();
  await reports.received(key, SHORT, PEER);
  expect(desk.registry.get(id)).toMatchObject({ state: 'failed', reason: SHORT.message });
  expect((await desk.story()).at(-1)).toBe(`booting → failed: ${SHORT.message}`);
});

it('one that tries again is told and changes no state', async () => {
  const { id, key } = await booting();
  await reports.received(key, BROKEN, PEER);
  expect(desk.registry.get(id).state).toBe('booting');
  const [event] = await desk.journal.list({ limit: 1 });
  expect(event).toMatchObject({ kind: 'boot', severity: 'warning', hostId: id });
  expect(event?.message).toBe(`${PEER}: the connection ended after 3 MiB`);
});

it('what a host in another state reports is told all the same', async () => {
  const { id, key } = await booting();
  await desk.registry.signal(id, 'registered', 'registered');
  await reports.received(key, SHORT, PEER);
  expect(desk.registry.get(id).state).toBe('registering');
  const [event] = await desk.journal.list({ limit: 1 });
  expect(event).toMatchObject({ kind: 'boot', severity: 'error', message: `${PEER}: ${SHORT.message}` });
});

it('an unknown machine is told by its MAC', async () => {
  const token = await desk.mint('inventory', { mac: MAC });
  await reports.received(sha256(token), SHORT, PEER);
  const [event] = await desk.journal.list({ limit: 1 });
  expect(event).toMatchObject({ kind: 'boot', severity: 'error', hostId: null, mac: MAC });
});

it.each([
  ['a key that belongs to no boot', async () => 'f'.repeat(64), 'token-unknown'],
  ['the token itself', async () => (await booting()).token, 'token-unknown'],
  [
    'the key of a kickstart',
    async () => sha256(await desk.mint('kickstart', { host: await declared() })),
    'token-unknown',
  ],
  [
    'the key of a boot that is long over',
    async () => {
      const { key } = await booting();
      desk.pass(21 * 60);
      return key;
    },
    'token-expired',
  ],
  [
    'the key of a boot that has registered',
    async () => {
      const { token, key } = await booting();
      await desk.enrolment.register(token, await registration(MAC), PEER);
      return key;
    },
    'token-expired',
  ],
])('%s reports nothing', async (_name, keyOf, code) => {
  const key = await keyOf();
  const before = await desk.story();
  await expect(reports.received(key, SHORT, PEER)).rejects.toMatchObject({ status: 401, code });
  expect(await desk.story()).toEqual(before);
});

const declared = () => desk.registry.declare({ name: 'node2', macs: ['52:54:00:00:00:02'], arm: 'once' });
