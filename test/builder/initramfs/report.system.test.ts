import { chmod } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { PairingDesk } from '../../../pxe-server/api/pairing.ts';
import { BootReports } from '../../../pxe-server/enrol/boot-reports.ts';
import { InstallReports } from '../../../pxe-server/enrol/install-reports.ts';
import { serviceTls } from '../../../pxe-server/enrol/service-tls.ts';
import { agentHttp } from '../../../pxe-server/http/agent-http.ts';
import { type Desk, freshKeys, type Keys, openDesk } from '../../pxe-server/enrol/desk.ts';
import { type Machine, makeMachine } from '../overlay/machine.ts';
import { until } from '../overlay/running.ts';
import { type ImageServer, INITRAMFS_FILES, runLive, serveImage } from './booting.ts';

const MAC = '52:54:00:00:00:01';

let keys: Keys;
let desk: Desk;
let app: FastifyInstance;
let url: string;
let machine: Machine | undefined;
let images: ImageServer | undefined;

beforeAll(async () => {
  keys = await freshKeys();
});
afterAll(() => keys.remove());
/** The real endpoint of agents, on loopback. */
beforeEach(async () => {
  desk = await openDesk(keys.holder);
  const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));
  app = await agentHttp({
    ...{ tls, enrolment: desk.enrolment, reports: new BootReports(desk), pairing: new PairingDesk() },
    ...{ serviceCa: keys.holder.serviceCa(), tokenMinutes: 20, installs: new InstallReports(desk) },
    onHeartbeat: () => Promise.reject(new Error('no heartbeat is expected')),
    onWrongPairing: () => undefined,
    onInternal: (error) => expect.fail(String(error)),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `https://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await machine?.remove();
  await images?.close();
  [machine, images] = [undefined, undefined];
  await app.close();
  await desk.close();
});

async function booting() {
  const host = await desk.registry.declare({ name: 'node1', macs: [MAC], arm: 'always' });
  const token = await desk.mint('register', { host, mac: MAC });
  await desk.registry.signal(host.id, 'booted', 'boots image lab');
  return { host: () => desk.registry.get(host.id), told: `rackhand.url=${url} rackhand.token=${token}` };
}

it('the service shows what a machine needs and what it has', async () => {
  const { host, told } = await booting();
  const root = 'root=live:http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs';
  machine = await makeMachine({
    cmdline: `${root} rackhand.ram=2048 ${told}`,
    memory: 1000 * 1024,
    files: INITRAMFS_FILES,
  });
  await runLive(machine, ['prepare'], { RACKHAND_WAIT_SECONDS: '20' });
  const reason =
    'this boot needs 2048 MiB of memory, this machine has 1000 MiB; put in more memory, or boot the ISO, which needs less';
  await until('the report', () => (host().state === 'failed' ? true : undefined));
  expect(host().reason).toBe(reason);
  await machine.write('run/rackhand/enter', ''); // somebody pressed it
  await until('the restart', async () => ((await machine!.commands()).length > 1 ? true : undefined));
});

it('and why an image was refused: once while it tries again, and at the end', async () => {
  const { host, told } = await booting();
  images = await serveImage((_request, response) => response.end('another image'));
  machine = await makeMachine({
    cmdline: `root=live:${images.url} rackhand.sha256=${'a'.repeat(64)} rackhand.size=13 ${told}`,
    files: INITRAMFS_FILES,
  });
  await chmod(join(machine.root, 'sbin/dmsquash-live-root'), 0o755);
  await runLive(machine, ['fetch', 'eth0', `livenet:${images.url}`]);
  expect(host()).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(
      /^the image http:\S+ cannot be used: its SHA-256 is [0-9a-f]{16}\.\.\., not a{16}\.\.\.; verify the image/,
    ),
  });
  const boots = (await desk.journal.list({ limit: 100 })).filter(({ kind }) => kind === 'boot');
  expect(boots).toMatchObject([{ severity: 'warning', message: expect.stringContaining('trying again') }]);
  expect(await machine.read('run/rackhand/report.json')).not.toContain(told.slice(-32));
});
