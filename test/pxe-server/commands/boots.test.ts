import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addHostCommands } from '../../../pxe-server/commands/hosts.ts';
import { openApi, type TestApi } from '../api/fixture.ts';
import { discover, LEASED, LOADED, script, traceOf } from '../trace/steps.ts';

const MAC = '52:54:00:00:00:01';
let folder: string;
let api: TestApi;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-commands-'));
  api = await openApi();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  vi.stubEnv('RACKHAND_URL', `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`);
  vi.stubEnv('RACKHAND_TOKEN', api.token);
  await api.registry.declare({ name: 'node1', macs: [MAC] });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});
const seen = (...steps: Parameters<typeof traceOf>) =>
  api.recorder.take(traceOf(...steps).map((entry) => ({ mac: MAC, ...entry })));

/** What `rackhand hosts …` prints, as it is printed. */
function start(...argv: string[]): { printed: () => string; ended: Promise<unknown> } {
  const parts: string[] = [];
  const program = new Command('rackhand').exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  addHostCommands(program, (text) => parts.push(text));
  const ended = program.parseAsync(['hosts', ...argv], { from: 'user' });
  return { printed: () => parts.join(''), ended };
}
async function hosts(...argv: string[]): Promise<string> {
  const { printed, ended } = start(...argv);
  await ended;
  return printed();
}

it('why: what stopped it, what to do, by which steps that is known, and the other boots', async () => {
  seen(...LOADED, [7, script('local', 'not armed')]);
  seen(...LOADED.map(([second, fact]): (typeof LOADED)[number] => [second + 300, fact]));
  api.pass(400);
  expect(await hosts('why', 'node1')).toBe(`node1: boot of 2026-01-01 00:05:00Z by ${MAC}, loaded its loader

likely stopped by [secure-boot-refuses]: snponly.efi was loaded and never ran: Secure Boot refuses a loader without a signature
  mend: let it start shim and GRUB, which are signed: rackhand hosts set node1 --secure-boot yes; or switch Secure Boot off in its firmware
  shown by: #5

steps
  #0  00:05:00.000  →  dhcp  its firmware looks for DHCP servers, architecture 7 (UEFI on x64)
  #1  00:05:00.000  ←  dhcp  offers 192.0.2.101, boot file snponly.efi from 192.0.2.1
  #2  00:05:01.000  →  dhcp  its firmware takes 192.0.2.101 of server 192.0.2.1
  #3  00:05:01.000  ←  dhcp  gives 192.0.2.101, boot file snponly.efi from 192.0.2.1
  #4  00:05:02.000  →  tftp  asks for snponly.efi by TFTP
  #5  00:05:03.000  ←  tftp  has snponly.efi, 200.0 kB in 0.2 s (window 4)

other boots (rackhand hosts why node1 --boot TIME)
  2026-01-01T00:00:00.000Z  had its boot script  sent-to-disk
`);
  expect(await hosts('why', 'node1', '--boot', '2026-01-01T00:00:00.000Z')).toContain(
    'stopped by [sent-to-disk]',
  );
  expect(JSON.parse(await hosts('why', 'node1', '--json'))).toMatchObject({ reach: 'loader' });
});
it('why of a host that was never heard', async () => {
  expect(await hosts('why', 'node1')).toMatch(
    /^node1: no boot was seen\n\nlikely stopped by \[never-asked\]/,
  );
});
it('why of a boot that goes on: silence has not told anything yet', async () => {
  seen(...LOADED);
  api.pass(5);
  expect(await hosts('why', 'node1')).toContain(
    '\nnothing wrong was found yet; silence tells after half a minute',
  );
});

it('watch: each step when it happens, and what is wrong', async () => {
  const { printed, ended } = start('watch', 'node1');
  const gone = ended.catch(() => 'the server left');
  await expect.poll(printed).toContain('waiting for what it does');
  seen([0, discover()]);
  await expect
    .poll(printed)
    .toContain('a boot begins\n   #0  00:00:00.000  → dhcp       its firmware looks for DHCP servers');
  seen(...LEASED.slice(1), [5, script('local', 'not armed')]);
  await expect
    .poll(printed)
    .toContain('← script     is told: not armed\n\nstopped by [sent-to-disk]: it was sent');
  await api.app.close();
  await gone;
});

it('packets: a file for Wireshark', async () => {
  seen(...LEASED);
  const output = join(folder, 'boot.pcapng');
  expect(await hosts('packets', 'node1', '--output', output)).toBe(
    `${output}: 0 packets and 4 other steps of the boot of 2026-01-01T00:00:00.000Z\n`,
  );
  expect((await readFile(output)).readUInt32LE(0)).toBe(0x0a0d0d0a);
});
it('packets of a host that never booted', async () => {
  await expect(hosts('packets', 'node1', '--output', join(folder, 'x'))).rejects.toMatchObject({
    code: 'boot-absent',
    message: 'no boot of node1 was seen',
    mend: expect.stringContaining('rackhand hosts why node1'),
  });
  await expect(hosts('why', 'node1', '--boot', '2026-01-01T00:00:00.000Z')).rejects.toMatchObject({
    message: 'no boot of node1 was seen',
  });
});
