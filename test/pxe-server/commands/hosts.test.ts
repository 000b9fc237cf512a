import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { addHostCommands } from '../../../pxe-server/commands/hosts.ts';
import { openApi, type TestApi } from '../api/fixture.ts';
import { inventory } from '../hosts/inventory-fixture.ts';

const MAC = '52:54:00:00:00:01';
let folder: string;
let api: TestApi;
let url: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-commands-'));
  api = await openApi();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  vi.stubEnv('RACKHAND_URL', url);
  vi.stubEnv('RACKHAND_TOKEN', api.token);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

/** `rackhand hosts …`: what it prints, or the error it throws. */
async function hosts(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const program = new Command('rackhand').exitOverride();
  program.configureOutput({ writeOut: (text) => printed.push(text), writeErr: () => undefined });
  addHostCommands(program, (text) => printed.push(text));
  await program.parseAsync(['hosts', ...argv], { from: 'user' });
  return printed.join('');
}
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

it('medium writes what images media reads, for the owner’s eyes only', async () => {
  await hosts('add', 'node1', '--mac', MAC);
  const output = join(folder, 'node1.yaml');
  const told = await hosts('medium', 'node1', '--days', '30', '--output', output);
  expect(told).toBe(
    `${output}: for 192.0.2.1:8443, good until 2026-01-31 00:00:00Z; earlier media of this host are good no more\nnode1 is not armed and registers by no medium: rackhand hosts arm node1 always\n`,
  );
  const text = await readFile(output, 'utf8');
  expect((await stat(output)).mode & 0o777).toBe(0o600);
  expect(parse(text)).toEqual({
    server: {
      address: '192.0.2.1:8443',
      certificate: expect.stringContaining('BEGIN CERTIFICATE'),
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
    images: { address: 'http://192.0.2.1' },
  });
  expect(text).toContain('# or, on another network: 198.51.100.1:8443\n');
  expect(await hosts('medium', 'node1', '--json', '--output', output)).not.toContain('"token"');
  await hosts('arm', 'node1', 'always');
  expect(await hosts('medium', 'node1', '--output', output)).not.toContain('not armed');
});

describe('hosts are declared and changed', () => {
  it('add', async () => {
    const all = ['--mac', MAC, '52:54:00:00:00:02', '--serial', 'S1', '--rack', 'r1', '--unit', '12'];
    const more = ['--image', 'lab', '--kickstart', 'minimal', '--address', '192.0.2.10', '--arm', 'once'];
    const uuid = '4c4c4544-0042-4a10-8054-b4c04f4d4e31';
    expect(await hosts('add', 'node1', ...all, ...more, '--uuid', uuid, '--kernel-argument', 'quiet')).toBe(
      'node1: declared, armed: once\n',
    );
    expect(api.registry.get('node1')).toMatchObject({
      ...{ macs: [MAC, '52:54:00:00:00:02'], serial: 'S1', rack: 'r1', unit: 12, image: 'lab', uuid },
      ...{ kickstart: 'minimal', address: '192.0.2.10', arm: 'once', kernelArguments: ['quiet'] },
    });
    await expect(hosts('add', 'node1')).rejects.toMatchObject({ code: 'host-collides' });
  });
  it('add and set: installer and Secure Boot', async () => {
    await hosts(
      'add',
      'node1',
      '--mac',
      MAC,
      '--kickstart',
      'install',
      '--installer',
      'el9',
      '--secure-boot',
      'yes',
    );
    expect(api.registry.get('node1')).toMatchObject({ installer: 'el9', secureBoot: true });
    expect(await hosts('show', 'node1')).toMatch(/installer +el9\n +Secure Boot +yes\n/);
    await hosts('set', 'node1', '--secure-boot', 'no');
    expect(api.registry.get('node1').secureBoot).toBe(false);
    await hosts('set', 'node1', '--secure-boot', '', '--installer', '');
    const { installer, secureBoot } = api.registry.get('node1');
    expect([installer, secureBoot]).toEqual([undefined, undefined]);
  });
  it('set: only what is named; an empty value takes it away', async () => {
    await hosts('add', 'node1', '--mac', MAC, '--rack', 'r1', '--unit', '3', '--kernel-argument', 'quiet');
    await hosts('set', 'node1', '--rack', '', '--unit', '', '--kernel-argument', '', '--name', 'node2');
    const host = api.registry.get('node2');
    expect(host).toMatchObject({ macs: [MAC], kernelArguments: [], arm: 'off' });
    expect([host.rack, host.unit]).toEqual([undefined, undefined]);
    await expect(hosts('set', 'node2')).rejects.toThrow(/nothing to change/);
  });
  it('a host that no machine can be is told as one', async () => {
    const told = /^node1: declared, armed: off\n {2}no machine is it yet: rackhand hosts set node1 --mac/;
    expect(await hosts('add', 'node1', '--rack', 'r1')).toMatch(told);
    expect(await hosts('set', 'node1', '--serial', 'S1')).toBe('node1: declared, armed: off\n');
    expect(await hosts('set', 'node1', '--serial', '')).toMatch(told);
  });
  it('import: CSV and YAML, by the name of the file', async () => {
    expect(await hosts('import', await file('rack1.csv', `name,macs\nnode1,${MAC}\nnode2,\n`))).toBe(
      '2 declared, 0 replaced, 0 as before\n',
    );
    const yaml = await file(
      'rack1.yml',
      'hosts:\n  - {name: node1, rack: r7}\n  - name: node2\n  - name: node3\n',
    );
    expect(await hosts('import', yaml)).toBe('1 declared, 1 replaced, 1 as before\n');
    await expect(hosts('import', await file('bad.csv', 'name,macs\nnode9,zz\n'))).rejects.toMatchObject({
      code: 'hosts-invalid',
      message: expect.stringMatching(/^bad\.csv:2: macs\.0/),
    });
    await expect(hosts('import', join(folder, 'absent.csv'))).rejects.toMatchObject({
      code: 'hosts-absent',
      message: expect.stringContaining('absent.csv: ENOENT'),
    });
    await expect(hosts('import', await file('hosts.txt', ''))).rejects.toMatchObject({
      message: expect.stringContaining('neither CSV nor YAML'),
    });
  });
  it('remove', async () => {
    await hosts('add', 'node1');
    expect(await hosts('remove', 'node1')).toBe('node1: removed\n');
    expect(api.registry.list()).toEqual([]);
  });
});

describe('actions', () => {
  it('approve', async () => {
    await api.registry.addPending(MAC, [MAC]);
    const answer = await hosts(
      'approve',
      'pending-525400000001',
      '--name',
      'node1',
      '--image',
      'lab',
      '--arm',
      'once',
    );
    expect(answer).toBe('node1: discovered, armed: once\n');
  });
  it('arm: once unless another is named', async () => {
    await hosts('add', 'node1');
    expect(await hosts('arm', 'node1')).toBe('node1: declared, armed: once\n');
    expect(await hosts('arm', 'node1', 'always')).toBe('node1: declared, armed: always\n');
    await expect(hosts('arm', 'node1', 'twice')).rejects.toThrow(/Allowed choices are off, once, always/);
  });
  it('release and probe', async () => {
    await hosts('add', 'node1');
    await expect(hosts('release', 'node1')).rejects.toMatchObject({ code: 'state-wrong' });
    await expect(hosts('probe', 'node1')).rejects.toMatchObject({ code: 'state-wrong' });
    await api.registry.update(api.registry.get('node1').id, {
      managementAddress: '192.0.2.9',
      state: 'frozen',
    });
    await expect(hosts('probe', 'node1')).rejects.toMatchObject({ code: 'state-wrong' });
    await api.registry.update(api.registry.get('node1').id, { state: 'failed' });
    expect(await hosts('probe', 'node1')).toBe('node1: failed, armed: off\n');
    expect(await hosts('release', 'node1')).toBe('node1: discovered, armed: off\n');
    expect(api.probed).toEqual(['node1']);
  });
  it('pair: what a person types, in groups of four', async () => {
    await hosts('add', 'node1');
    const text = await hosts('pair', 'node1');
    expect(text).toMatch(/server address {2}192\.0\.2\.1:8443 {2}or {2}198\.51\.100\.1:8443\n/);
    expect(text).toMatch(/CA fingerprint {2}(0123 4567 89ab cdef ?){2}\n/);
    const code = /pairing code {4}(\d{4}) (\d{4})\n/.exec(text)!;
    expect(api.pairing.redeem(`${code[1]}${code[2]}`, 20)!.row.hostId).toBe(api.registry.get('node1').id);
  });
});

describe('hosts are shown', () => {
  it('list', async () => {
    expect(await hosts('list')).toBe('no hosts: declare them with rackhand hosts add, or boot a machine\n');
    await hosts('add', 'node1', '--mac', MAC, '52:54:00:00:00:02', '--rack', 'r1', '--unit', '7');
    await api.registry.addPending('52:54:00:00:00:09', ['52:54:00:00:00:09']);
    expect((await hosts('list')).split('\n')).toEqual([
      'HOST                  STATE     ARMED  RACK   MAC                   ADDRESS  WHY',
      'node1                 declared  off    r1 U7  52:54:00:00:00:01 +1           declared',
      'pending-525400000009  pending   off           52:54:00:00:00:09              not approved yet',
      '',
    ]);
  });
  it('show: a host, its machine and its events, for people', async () => {
    await hosts('add', 'node1', '--mac', MAC, '--rack', 'r1', '--unit', '7');
    const { id } = api.registry.get('node1');
    await api.registry.update(id, { inventory: inventory(), lastSeen: '2026-01-01T00:00:05.000Z' });
    await api.registry.signal(id, 'booted', 'boots lab');
    expect((await hosts('show', 'node1')).replace(id, 'ID').split('\n')).toEqual([
      'node1: booting since 2026-01-01 00:00:00Z: boots lab',
      '  approved   yes',
      '  armed      off',
      '  image      the default',
      '  rack       r1 U7',
      '  MAC        52:54:00:00:00:01',
      '  last seen  2026-01-01 00:00:05Z',
      '  id         ID',
      '',
      'machine',
      '  model       Example Systems R-1000',
      '  serial      S1',
      '  UUID        4c4c4544-0042-4a10-8054-b4c04f4d4e31',
      '  firmware    UEFI, Secure Boot',
      '  processors  128 × EPYC 9354 32-Core Processor',
      '  KVM         yes',
      '  memory      768.0 GiB',
      '  addresses   192.0.2.101 2001:db8::101',
      '  kernel      6.1.0-56.amd64',
      '  image       0123456789abcdef',
      '  interfaces',
      '    eno1  52:54:00:00:00:01  ixgbe  8086:1528  link',
      '    eno2  52:54:00:00:00:f2  ixgbe  8086:1528  no link',
      '  disks',
      '    nvme0n1  1.9 TB   flash  nvme  NVMe 1.92T  D1  eui.0025385b11b12345  pci-0000:01:00.0-nvme-1',
      '    sda      16.0 TB  disk   sas   SAS 16T     D2  0x5000c500a1b2c3d4    pci-0000:03:00.0-sas-phy0-lun-0',
      '',
      'events (the newest last)',
      '  2026-01-01 00:00:00Z  notice  host   declared',
      '  2026-01-01 00:00:00Z  notice  state  declared → booting: boots lab',
      '',
    ]);
    expect(await hosts('show', 'node1', '--events', '1')).not.toContain('  host   declared');
    await expect(hosts('show', 'node1', '--events', '0')).rejects.toThrow(/whole number from 1 to 1000/);
  });
  it('a terminal is not moved by what the API sends', async () => {
    await hosts('add', 'node1');
    const host = api.registry.get('node1');
    api.registry.list = () => [{ ...host, reason: 'up\u001b[2J\u001b[1;1H\nnode2  up' }];
    expect(await hosts('list')).toContain('up\ufffd[2J\ufffd[1;1H node2  up\n');
  });
  it('as JSON for scripts', async () => {
    const added = JSON.parse(await hosts('add', 'node1', '--json'));
    expect(added).toMatchObject({ name: 'node1', state: 'declared' });
    expect(JSON.parse(await hosts('list', '--json'))).toMatchObject({ hosts: [{ id: added.id }] });
    const shown = JSON.parse(await hosts('show', 'node1', '--json'));
    expect(shown).toMatchObject({ host: { id: added.id }, events: [{ message: 'declared' }] });
    const yaml = await file('one.yaml', 'hosts:\n  - name: node2\n');
    expect(JSON.parse(await hosts('import', yaml, '--json'))).toMatchObject({ declared: ['node2'] });
    for (const argv of [['set', 'node1', '--rack', 'r1'], ['arm', 'node1'], ['pair'], ['remove', 'node1']])
      expect(JSON.parse(await hosts(...argv, '--json'))).toBeTypeOf('object');
  });
});

describe('what can go wrong', () => {
  it.each([
    ['show', 'absent'],
    ['set', 'absent', '--rack', 'r1'],
    ['approve', 'absent'],
    ['arm', 'absent'],
    ['release', 'absent'],
    ['probe', 'absent'],
    ['remove', 'absent'],
    ['pair', 'absent'],
  ])('%s %s: no such host', async (...argv) => {
    await expect(hosts(...argv)).rejects.toMatchObject({
      code: 'host-absent',
      message: 'no host absent',
      mend: 'list the hosts: rackhand hosts list',
    });
  });
  it('a name cannot lead to another address', async () => {
    await hosts('add', 'node1');
    await expect(hosts('remove', '../hosts/node1')).rejects.toMatchObject({ code: 'host-absent' });
    expect(api.registry.list()).toHaveLength(1);
  });
  it('the token file is missing, unreadable or holds something else', async () => {
    await expect(hosts('list', '--token-file', join(folder, 'absent'))).rejects.toMatchObject({
      code: 'token-absent',
      message: expect.stringMatching(/absent: ENOENT$/),
      mend: expect.stringContaining('RACKHAND_TOKEN'),
    });
    const broken = await file('broken', 'no token\n');
    await expect(hosts('list', '--token-file', broken)).rejects.toMatchObject({ code: 'token-invalid' });
  });
  it('a token file that is named wins over the environment', async () => {
    const good = await file('good', `${api.token}\n`);
    vi.stubEnv('RACKHAND_TOKEN', '0'.repeat(32));
    expect(await hosts('list', '--token-file', good)).toContain('no hosts');
    await expect(hosts('list')).rejects.toMatchObject({
      code: 'token-missing',
      message: 'the token is not known',
      mend: expect.stringContaining('control/api-token'),
    });
  });
  it('nobody answers', async () => {
    await api.app.close();
    await expect(hosts('list')).rejects.toMatchObject({
      code: 'api-silent',
      message: expect.stringMatching(/^no answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/),
      mend: expect.stringContaining('rackhand serve'),
    });
    await expect(hosts('list', '--url', 'no address')).rejects.toMatchObject({ code: 'api-silent' });
    await expect(hosts('list', '--url', '127.0.0.1:8080')).rejects.toMatchObject({
      mend: 'write it as http://127.0.0.1:8080',
    });
  });
  it.each([
    ['a page', () => '<html>'],
    ['JSON of another kind', () => ({ error: 'what?' })],
  ])('the address is of another server, which answers with %s', async (_what, answer) => {
    const other = Fastify();
    other.setNotFoundHandler((_request, reply) => reply.code(404).send(answer()));
    const address = await other.listen({ host: '127.0.0.1', port: 0 });
    await expect(hosts('list', '--url', address)).rejects.toMatchObject({
      code: 'api-foreign',
      message: expect.stringContaining('status 404'),
    });
    await other.close();
  });
  it('a server that sends the token elsewhere is not followed', async () => {
    const other = Fastify();
    other.get('/*', (_request, reply) => reply.redirect(`${url}/api/v1/overview`));
    const address = await other.listen({ host: '127.0.0.1', port: 0 });
    await expect(hosts('list', '--url', address)).rejects.toMatchObject({ code: 'api-silent' });
    await other.close();
  });
});

describe('help', () => {
  it.each([
    [[], /list .*show <host>|declare, approve and arm hosts/s],
    [['add'], /--mac <address...>.*--unit <number>.*--kernel-argument/s],
    [['set'], /an empty value takes it away.*--name <name>/s],
    [['import'], /all of them, or none/],
    [['approve'], /--name <name>.*--arm <when>.*default: "always"/s],
    [['arm'], /\[when\].*choices: "off", "once", "always",\s+default: "once"/s],
    [['list'], /--url <url>.*--token-file <file>.*RACKHAND_TOKEN.*--json/s],
  ])('hosts %j --help', async (argv, pattern) => {
    const printed: string[] = [];
    const program = new Command('rackhand').exitOverride();
    program.configureOutput({ writeOut: (text) => printed.push(text) });
    addHostCommands(program);
    await expect(program.parseAsync(['hosts', ...argv, '--help'], { from: 'user' })).rejects.toMatchObject({
      exitCode: 0,
    });
    expect(printed.join('')).toMatch(pattern);
  });
});
