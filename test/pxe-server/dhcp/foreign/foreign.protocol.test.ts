import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DhcpEvent } from '../../../../pxe-server/dhcp/reports.ts';
import { type Link, makeLink } from '../../net/namespaces.ts';
import { type RunningServer, startServer } from '../running-server.ts';
import { startUdhcpc } from '../udhcpc.ts';

const range = { from: '198.51.100.100', to: '198.51.100.120' };
const isForeign = ({ kind }: DhcpEvent) => kind === 'foreign-server';

let folder: string;
let link: Link;
let mac: string;
let ends: (() => Promise<unknown>)[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-foreign-'));
  ends = [() => rm(folder, { recursive: true, force: true })];
  link = await makeLink('198.51.100.254/24');
  ends.push(() => link.remove());
  const { stdout } = await link.client.run(['cat', `/sys/class/net/${link.clientDevice}/address`]);
  mac = stdout.trim();
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function start(where: Link = link, name = 'ours'): Promise<RunningServer> {
  const server = await startServer(where, { folder: join(folder, name), range, watch: true });
  ends.push(() => server.stop());
  return server;
}

/** The other server, as people start one by mistake. */
function startDnsmasq(...more: string[]): void {
  const argv = ['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--no-ping'];
  const own = [`--interface=${link.clientDevice}`, `--dhcp-leasefile=${join(folder, 'dnsmasq.leases')}`];
  const dnsmasq = link.client.start(
    [...argv, ...own, '--user=root', ...more],
    ['ignore', 'ignore', 'ignore'],
  );
  ends.push(() => dnsmasq.stop());
}

it('a dnsmasq with addresses and boot files is found, though another has port 68, and named once', async () => {
  const client = link.server.start(['busybox', 'nc', '-u', '-l', '-p', '68'], ['ignore', 'ignore', 'ignore']);
  ends.push(() => client.stop());
  startDnsmasq('--dhcp-range=198.51.100.200,198.51.100.210', '--dhcp-boot=other.efi');
  const server = await start();
  const event = await server.event(isForeign);
  expect(event).toMatchObject({ mac, address: '198.51.100.254' });
  expect(event.message).toMatch(
    /gives addresses \(198\.51\.100\.2\d\d\), names boot file other\.efi from 198\.51\.100\.254/,
  );
  // The second question is answered as well.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(server.events.filter(isForeign)).toHaveLength(1);
  expect(server.events.filter(({ kind }) => kind === 'offer')).toEqual([]);
});

it('a dnsmasq that only adds boot files is found too', async () => {
  startDnsmasq('--dhcp-range=198.51.100.0,proxy', '--pxe-service=x86PC,Other,other');
  const server = await start();
  expect((await server.event(isForeign)).message).toMatch(/names boot/);
});

it('two servers of ours find each other, and neither gives the other an address', async () => {
  const mirrored: Link = {
    ...link,
    server: link.client,
    client: link.server,
    serverDevice: link.clientDevice,
    clientDevice: link.serverDevice,
    serverAddress: '198.51.100.254',
  };
  const [one, other] = [await start(), await start(mirrored, 'other')];
  const [heard, heardThere] = await Promise.all([one.event(isForeign), other.event(isForeign)]);
  expect(heard).toMatchObject({ mac, address: '198.51.100.254' });
  expect(heardThere.address).toBe('198.51.100.1');
  expect([...one.events, ...other.events].filter(({ kind }) => kind === 'ack')).toEqual([]);
});

it('a link that is ours alone gives no alarm', async () => {
  const server = await start();
  const client = startUdhcpc(link);
  ends.push(() => client.stop());
  await server.event(({ kind }) => kind === 'ack');
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(server.events.filter(isForeign)).toEqual([]);
});
