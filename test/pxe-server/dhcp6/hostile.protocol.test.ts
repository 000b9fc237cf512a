import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decode6, encode6, type Packet6 } from '../../../pxe-server/dhcp6/codec.ts';
import { Option6, optionOf } from '../../../pxe-server/dhcp6/options.ts';
import { type Link, makeLink } from '../net/namespaces.ts';
import { FIRMWARE, message6 } from './packets.ts';
import { type RunningServer6, startServer6 } from './running-server.ts';

const ipv6 = {
  ...{ address: 'fd00:52::1', prefix: 'fd00:52::/64' },
  range: { from: 'fd00:52::100', to: 'fd00:52::ff0' },
};

let folder: string;
let link: Link;
let server: RunningServer6;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-hostile6-'));
  link = await makeLink();
  for (const { namespace, device } of ends())
    await namespace.run(['sysctl', '-q', '-w', `net.ipv6.conf.${device}.accept_dad=0`]);
  await link.server.run(['ip', 'address', 'add', 'fd00:52::1/64', 'dev', link.serverDevice, 'nodad']);
  server = await startServer6(link.server, { folder, interfaces: [{ device: link.serverDevice, ipv6 }] });
});
afterEach(async () => {
  await server?.stop();
  await link.remove();
  await rm(folder, { recursive: true, force: true });
});

const ends = () => [
  { namespace: link.server, device: link.serverDevice },
  { namespace: link.client, device: link.clientDevice },
];

it('answers firmware after thousands of hostile packets, and tells of them in a few lines', {
  timeout: 120_000,
}, async () => {
  for (const { namespace, device } of ends()) {
    const shown = () => namespace.run(['ip', '-6', 'address', 'show', 'dev', device, 'scope', 'link']);
    await expect.poll(async () => (await shown()).stdout, { timeout: 10_000 }).toMatch(/inet6 fe80.*link\s/);
    await expect.poll(async () => (await shown()).stdout, { timeout: 10_000 }).not.toContain('tentative');
  }
  const message = message6('solicit', { options: FIRMWARE.pxe });
  const packet = encode6({
    direction: 'to-server',
    relays: [],
    message: { ...message, transaction: 0x123456 },
  });
  const program = join(import.meta.dirname, 'wire-program.ts');
  const argv = [process.execPath, program, link.clientDevice, '10000', packet.toString('hex')];
  const { stdout } = await link.client.run(argv, { timeout: 110_000 });
  const [from = '', hex = ''] = stdout.trim().split(' ');
  expect(from).toMatch(/^fe80::/);
  const { message: answer } = decode6(Buffer.from(hex, 'hex')) as Packet6;
  expect(answer).toMatchObject({ type: 'advertise', transaction: 0x123456 });
  expect(optionOf(answer.options, Option6.bootFileUrl)?.toString()).toBe('tftp://[fd00:52::1]/snponly.efi');
  await server.stop();
  const malformed = server.events.filter(({ kind }) => kind === 'malformed');
  const count = malformed.reduce((sum, { message: text }) => sum + Number(/^\d+/.exec(text)?.[0]), 0);
  expect(count).toBeGreaterThan(2000);
  expect(malformed.length).toBeLessThan(20);
  expect(server.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
});
