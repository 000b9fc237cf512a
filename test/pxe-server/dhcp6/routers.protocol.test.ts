import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Link, makeLink } from '../net/namespaces.ts';
import { type RunningServer6, startServer6 } from './running-server.ts';

const ipv6 = {
  ...{ address: 'fd00:52::1', prefix: 'fd00:52::/64' },
  range: { from: 'fd00:52::100', to: 'fd00:52::120' },
};

let folder: string;
let link: Link;
let server: RunningServer6 | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-routers-'));
  link = await makeLink();
  await link.server.run(['ip', 'address', 'add', 'fd00:52::1/64', 'dev', link.serverDevice, 'nodad']);
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await link.remove();
  await rm(folder, { recursive: true, force: true });
});

async function serve(what: { ipv6?: typeof ipv6 }): Promise<RunningServer6> {
  server = await startServer6(link.server, { folder, interfaces: [{ device: link.serverDevice, ...what }] });
  return server;
}

/** What rdisc6 shows of the first answer of three seconds. */
async function discovered(): Promise<string> {
  const argv = ['rdisc6', '-1', '-r', '3', '-w', '1000', link.clientDevice];
  const { stdout } = await link.client.run(argv, { okCodes: [0, 2] });
  return stdout.replace(/ +:/g, ':').replace(/ +/g, ' ');
}

/** Until the link-local addresses are there to be spoken from. */
async function settled(): Promise<void> {
  for (const [namespace, device] of [
    [link.client, link.clientDevice],
    [link.server, link.serverDevice],
  ] as const) {
    const addresses = () => namespace.run(['ip', '-6', 'address', 'show', 'dev', device, 'scope', 'link']);
    await expect.poll(async () => (await addresses()).stdout, { timeout: 10_000 }).not.toContain('tentative');
  }
}

describe('who asks for routers', () => {
  it('is sent to DHCPv6 where addresses are given', async () => {
    await serve({ ipv6 });
    await settled();
    const told = await discovered();
    expect(told).toContain('Stateful address conf.: Yes');
    expect(told).toContain('Stateful other conf.: Yes');
    expect(told).toContain('Router lifetime: 0 (0x00000000) seconds');
    expect(told).toContain('Prefix: fd00:52::/64');
    expect(told).toContain('On-link: Yes');
    expect(told).toContain('Autonomous address conf.: No');
  });
  it('is told that there are no addresses where IPv4 alone is served', async () => {
    await serve({});
    await settled();
    const told = await discovered();
    expect(told).toContain('Stateful address conf.: No');
    expect(told).toContain('Stateful other conf.: No');
    expect(told).toContain('Router lifetime: 0 (0x00000000) seconds');
    expect(told).not.toContain('Prefix');
  });
  it('is told nothing there while a real router is about', async () => {
    const running = await serve({});
    await settled();
    const program = join(import.meta.dirname, 'router.ts');
    await link.client.run([process.execPath, program, link.clientDevice, '1800']);
    const [event] = await running.until(1, ({ message }) => message.startsWith('an IPv6 router is on'));
    expect(event).toMatchObject({ kind: 'inform', address: expect.stringMatching(/^fe80::/) });
    expect(await discovered()).toContain('No response');
    await link.client.run([process.execPath, program, link.clientDevice, '0']);
    await expect.poll(discovered, { timeout: 10_000 }).toContain('Stateful address conf.: No');
  });
});

it('a machine hears of DHCPv6 without asking', async () => {
  await settled();
  const program = join(import.meta.dirname, 'router.ts');
  const listening = link.client.run([process.execPath, program, link.clientDevice, 'listen']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await serve({ ipv6 });
  expect((await listening).stdout).toMatch(/^86........c00000/);
});
