import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openCatalog } from '../../../builder/catalog/catalog.ts';
import { pruneCatalog } from '../../../builder/catalog/prune.ts';
import { readUses } from '../../../builder/catalog/uses.ts';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { type Link, lineOf, makeLink } from '../net/namespaces.ts';
import { publishImage } from './catalog-fixture.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
let link: Link;
let folder: string;

beforeAll(async () => {
  link = await makeLink('198.51.100.9/24');
});
afterAll(() => link?.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-start-'));
  await chmod(folder, 0o755);
  await publishImage(join(folder, 'catalog'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  expect(await leftovers()).toEqual({ processes: [], sockets: [] });
});

interface Config {
  images: Record<string, unknown>;
  provisioning: { interfaces: Record<string, unknown>[] } & Record<string, unknown>;
  [key: string]: unknown;
}

/** A configuration with which the service starts. */
function config(): Config {
  const subnet = { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.100', to: '198.51.100.199' }] };
  return {
    state: join(folder, 'state'),
    images: { catalog: join(folder, 'catalog'), default: 'lab' },
    provisioning: { interfaces: [{ name: link.serverDevice, address: link.serverAddress, subnet }] },
  };
}

async function write(given: unknown): Promise<string> {
  const path = join(folder, 'rackhand.yaml');
  await writeFile(path, typeof given === 'string' ? given : stringify(given));
  return path;
}

/** What processes and listening sockets there are in the server's namespace. */
async function leftovers(): Promise<{ processes: string[]; sockets: string[] }> {
  const lines = (text: string) => text.split('\n').filter(Boolean);
  const pids = await link.client.run(['ip', 'netns', 'pids', link.server.name]);
  const open = await link.server.run(['ss', '-H', '-l', '-n', '-t', '-u']);
  return { processes: lines(pids.stdout), sockets: lines(open.stdout) };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // gone between the list and the look
  }
}

/** Runs `rackhand serve` to its end; it must refuse in two lines, with exit code 1 and no stack. */
async function refusal(path: string): Promise<{ code: string; what: string; mend: string }> {
  const argv = [PROGRAM, 'serve', '--config', path];
  const { stderr, stdout } = await link.server.run(argv, { okCodes: [1], timeout: 60_000 });
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/\n\s+at |node:internal|internal error/);
  const told = /error \[([a-z-]+)\]: ([\s\S]+)\n {2}mend: (.+)\n$/.exec(stderr);
  if (!told) throw new Error(`not refused in our words: ${stderr}`);
  return { code: told[1]!, what: told[2]!, mend: told[3]! };
}

describe('refuses to start', () => {
  it('without its configuration', async () => {
    expect(await refusal(join(folder, 'absent.yaml'))).toMatchObject({
      code: 'config-absent',
      what: expect.stringContaining(join(folder, 'absent.yaml')),
    });
  });
  it('with an unknown key, named by its line', async () => {
    const path = await write(`${stringify(config())}colour: blue\n`);
    const lines = stringify(config()).split('\n').length;
    expect(await refusal(path)).toEqual({
      code: 'config-invalid',
      what: `${path}:${lines}: top level: Unrecognized key: "colour"`,
      mend: 'correct the lines named above',
    });
  });
  it('on an interface that is absent, naming those that are there', async () => {
    const given = config();
    given.provisioning.interfaces[0]!.name = 'eno99';
    expect(await refusal(await write(given))).toEqual({
      code: 'interface-absent',
      what: 'no network interface eno99',
      mend: `name one of: lo, ${link.serverDevice}`,
    });
  });
  it('on an interface that is down', async () => {
    await link.server.run(['ip', 'link', 'set', link.serverDevice, 'down']);
    const told = await refusal(await write(config()));
    await link.server.run(['ip', 'link', 'set', link.serverDevice, 'up']);
    expect(told).toEqual({
      code: 'interface-down',
      what: `interface ${link.serverDevice} is down`,
      mend: `ip link set ${link.serverDevice} up`,
    });
  });
  it('with an address that the interface does not have', async () => {
    const given = config();
    given.provisioning.interfaces[0]!.address = '198.51.100.7';
    expect(await refusal(await write(given))).toMatchObject({
      code: 'address-absent',
      what: expect.stringMatching(/does not have address 198\.51\.100\.7; it has 198\.51\.100\.1/),
    });
  });
  it.each([
    ['udp', 69, "require('dgram').createSocket('udp4').bind(69, '198.51.100.1'"],
    ['tcp', 80, "require('net').createServer().listen(80, '198.51.100.1'"],
  ])('when %s port %i is taken, naming who has it', async (protocol, port, open) => {
    const script = `${open}, () => console.log('open'));`;
    const holder = link.server.start([process.execPath, '-e', script]);
    await lineOf(holder, (line) => line === 'open');
    const told = await refusal(await write(config()));
    await holder.stop();
    expect(told.code).toBe('port-in-use');
    expect(told.what).toContain(`cannot open ${protocol} 198.51.100.1:${port} on ${link.serverDevice}`);
    expect(told.what).toContain(`node (process ${holder.pid}) has the port`);
    expect(told.mend).toContain('stop node');
  });
  it('without the image catalog, or without the default image', async () => {
    const given = config();
    given.images.default = 'rocky9';
    expect(await refusal(await write(given))).toMatchObject({
      code: 'image-unknown',
      what: expect.stringMatching(/default image rocky9 is not in .*; it holds lab [0-9a-f]{16}$/),
    });
    given.images.catalog = join(folder, 'absent');
    expect(await refusal(await write(given))).toMatchObject({ code: 'catalog-absent' });
  });
  it('when its unprivileged account may not read the catalog, naming the folder that is closed', async () => {
    await chmod(folder, 0o700);
    expect(await refusal(await write(config()))).toEqual({
      code: 'account-shut-out',
      what: `account rackhand cannot read the image catalog ${folder}/catalog: ${folder} is closed to it`,
      mend: `chmod o+x ${folder}, or keep it where rackhand may go`,
    });
  });
  it.each([
    ['user', 'root', 'account-root'],
    ['keysUser', 'rackhand', 'accounts-equal'],
  ])('with %s: %s', async (setting, account, code) => {
    expect(await refusal(await write({ ...config(), [setting]: account }))).toMatchObject({ code });
  });
  it('with a template whose variable is undefined, or whose syntax is wrong', async () => {
    const own = join(folder, 'kickstarts');
    await mkdir(own);
    await writeFile(join(own, 'site.ks.njk'), 'text\n{% if host.rack %}reboot{% endif %}\n');
    const path = await write({ ...config(), kickstarts: own });
    expect(await refusal(path)).toEqual({
      code: 'template-undefined',
      what: 'template site.ks.njk, line 2: undefined variable host.rack',
      mend: 'known: host.id, host.name',
    });
    await writeFile(join(own, 'site.ks.njk'), 'text\n{% if host.name %}reboot\n');
    expect(await refusal(path)).toMatchObject({
      code: 'template-syntax',
      what: expect.stringContaining('template site.ks.njk'),
    });
  });
  it('with an installer that lacks a file, or that its account may not read', async () => {
    const [kernel, initramfs] = [join(folder, 'vmlinuz'), join(folder, 'initrd.img')];
    const path = await write({ ...config(), installers: { el9: { kernel, initramfs } } });
    await writeFile(kernel, 'kernel');
    expect(await refusal(path)).toMatchObject({
      code: 'installer-absent',
      what: `installers.el9.initramfs: ${initramfs} is not there`,
      mend: expect.stringContaining('images/pxeboot/vmlinuz and initrd.img'),
    });
    await writeFile(initramfs, 'initramfs', { mode: 0o600 });
    expect(await refusal(path)).toMatchObject({
      code: 'account-shut-out',
      what: expect.stringContaining(`account rackhand cannot read the installer ${initramfs}`),
    });
  });
  it('for Secure Boot without a signed loader, or with one that its account may not read', async () => {
    const [shim, grub] = [join(folder, 'shim'), join(folder, 'grub')];
    const path = await write({ ...config(), secureBoot: { default: true, shim, grub } });
    await writeFile(shim, 'shim');
    expect(await refusal(path)).toEqual({
      code: 'loader-absent',
      what: `grubx64.efi: ${grub} cannot be read`,
      mend: 'correct the path',
    });
    await writeFile(grub, 'grub', { mode: 0o600 });
    expect(await refusal(path)).toMatchObject({
      code: 'account-shut-out',
      what: expect.stringContaining(`account rackhand cannot read the loader ${grub}`),
    });
  });
  it('with a hosts file that declares what cannot boot', async () => {
    const hosts = join(folder, 'hosts.yaml');
    await writeFile(hosts, 'hosts: [{ name: node1, kickstart: install }]\n');
    expect(await refusal(await write({ ...config(), hosts }))).toMatchObject({
      code: 'hosts-invalid',
      what: `${hosts}: host node1: no installer configured; a kickstart needs one to be read by`,
      mend: expect.stringContaining('(installers)'),
    });
  });
  it('with a hosts file that is wrong, named by its line', async () => {
    const hosts = join(folder, 'hosts.yaml');
    await writeFile(hosts, 'hosts:\n  - name: node1\n    macs: [nonsense]\n');
    expect(await refusal(await write({ ...config(), hosts }))).toMatchObject({
      code: 'hosts-invalid',
      what: expect.stringContaining(`${hosts}:3: hosts.0.macs.0: expected a MAC address`),
    });
  });
  it('with a state folder that cannot be', async () => {
    await writeFile(join(folder, 'state'), '');
    expect(await refusal(await write(config()))).toMatchObject({
      code: 'state-unusable',
      what: expect.stringContaining(join(folder, 'state')),
    });
  });
  it('before anything is written', async () => {
    const given = config();
    given.images.default = 'rocky9';
    await refusal(await write(given));
    expect((await readdir(folder)).sort()).toEqual(['catalog', 'rackhand.yaml']);
  });
  it('when a role cannot start, and ends those that did', async () => {
    const path = await write(config());
    const state = join(folder, 'state/control');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'control.db'), 'this is no database, but long enough to look at it as one');
    await chmod(join(state, 'control.db'), 0o666);
    expect(await refusal(path)).toMatchObject({ code: 'store-broken' });
  });
});

describe('starts', () => {
  interface Service {
    daemon: Daemon;
    log: () => string;
  }
  const start = async (more: object = {}): Promise<Service> => {
    const argv = [PROGRAM, 'serve', '--config', await write({ ...config(), ...more })];
    const daemon = link.server.start(argv, ['ignore', 'ignore', 'pipe']);
    let log = '';
    daemon.child.stderr!.on('data', (chunk: Buffer) => {
      log += chunk;
    });
    return { daemon, log: () => log };
  };
  const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
    for (let i = 0; i < 600; i++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not within a minute: ${what}`);
  };
  const nothingLeft = () =>
    until('nothing is left', async () => {
      const { processes, sockets } = await leftovers();
      return processes.length + sockets.length === 0;
    });

  it('serves boot files, refuses a second start, and leaves nothing when it is told to end', async () => {
    const { daemon, log } = await start();
    await until('ready', () => log().includes('"msg":"ready"') || daemon.child.exitCode !== null);
    expect(daemon.child.exitCode, log()).toBe(null);
    const url = 'http://198.51.100.1/boot';
    const script = await link.client.run(['curl', '-s', '-S', '-f', `${url}/start.ipxe`]);
    expect(script.stdout).toContain(`${url}/host.ipxe?mac=`);
    const head = await link.client.run(['curl', '-s', '-S', '-f', '-I', `${url}/snponly.efi`]);
    const size = Number(/content-length: (\d+)/i.exec(head.stdout)?.[1]);
    const out = join(folder, 'loader');
    await link.client.run(['tftp', '-m', 'binary', '198.51.100.1', '-c', 'get', 'snponly.efi', out]);
    const length = await link.client.run(['stat', '-c', '%s', out]);
    expect(Number(length.stdout)).toBe(size);
    expect(await refusal(join(folder, 'rackhand.yaml'))).toMatchObject({ code: 'port-in-use' });
    process.kill(daemon.pid!, 'SIGTERM');
    expect(await daemon.exited).toMatchObject({ code: 0 });
    await nothingLeft();
  });
  it('with more templates than an environment variable can hold', async () => {
    const own = join(folder, 'kickstarts');
    await mkdir(own);
    for (const name of ['a', 'b']) await writeFile(join(own, `${name}.ks.njk`), `# ${'x'.repeat(100_000)}\n`);
    const { daemon, log } = await start({ kickstarts: own });
    await until('ready', () => log().includes('"msg":"ready"') || daemon.child.exitCode !== null);
    expect(daemon.child.exitCode, log()).toBe(null);
    process.kill(daemon.pid!, 'SIGTERM');
    await daemon.exited;
    await nothingLeft();
  });
  it('serves an installer, and the signed loaders to a host that wants them', async () => {
    const file = async (name: string) => {
      await writeFile(join(folder, name), `the ${name}\n`);
      return join(folder, name);
    };
    const el9 = { kernel: await file('vmlinuz'), initramfs: await file('initrd.img') };
    const secureBoot = { shim: await file('shim'), grub: await file('grub') };
    const hosts = join(folder, 'hosts.yaml');
    const declared = { macs: ['52:54:00:00:00:01'], kickstart: 'install', secureBoot: true, arm: 'once' };
    await writeFile(hosts, stringify({ hosts: [{ name: 'node1', ...declared }] }));
    const { daemon, log } = await start({ ...config(), hosts, secureBoot, installers: { el9 } });
    await until('ready', () => log().includes('"msg":"ready"') || daemon.child.exitCode !== null);
    const get = async (path: string) =>
      (await link.client.run(['curl', '-s', '-S', '-f', `http://198.51.100.1${path}`])).stdout;
    await until('hosts', async () => (await get('/boot/host.ipxe?mac=52-54-00-00-00-01')).includes('node1'));
    const config01 = await get('/boot/grub.cfg-01-52-54-00-00-00-01');
    const kernel = /^ {2}linux (\S+) /m.exec(config01)?.[1] ?? 'no kernel';
    expect(await get(kernel)).toBe('the vmlinuz\n');
    expect(await get(/^ {2}initrd (\S+)$/m.exec(config01)?.[1] ?? 'no initramfs')).toBe('the initrd.img\n');
    expect(
      await get(/inst\.ks=http:\/\/198\.51\.100\.1([^']+)/.exec(config01)?.[1] ?? 'no kickstart'),
    ).toContain('--hostname=node1\n');
    for (const [name, text] of [
      ['shimx64.efi', 'the shim\n'],
      ['grubx64.efi', 'the grub\n'],
      [kernel, 'the vmlinuz\n'],
    ]) {
      const out = join(folder, 'fetched');
      await link.client.run(['tftp', '-m', 'binary', '198.51.100.1', '-c', 'get', name!, out]);
      expect(await readFile(out, 'utf8')).toBe(text);
    }
    process.kill(daemon.pid!, 'SIGTERM');
    await daemon.exited;
    await nothingLeft();
  });
  it('and leaves nothing when it is told to end while it starts', async () => {
    const { daemon, log } = await start();
    await until('a role', async () => {
      const { processes } = await leftovers();
      return processes.some((pid) => commandLine(pid).includes('/roles/'));
    });
    process.kill(daemon.pid!, 'SIGTERM');
    expect(await daemon.exited, log()).toMatchObject({ code: 0 });
    await nothingLeft();
  });
  it('and its roles end when it is killed', async () => {
    const { daemon, log } = await start();
    await until('ready', () => log().includes('"msg":"ready"'));
    process.kill(daemon.pid!, 'SIGKILL');
    await daemon.exited;
    await nothingLeft();
  });
  it('and no image goes that its hosts are declared with or booted from, though it was killed', async () => {
    const catalog = join(folder, 'catalog');
    const [first] = await openCatalog(catalog).list();
    const tagged = await publishImage(catalog, { content: 'tagged', builtAt: '2026-02-01T00:00:00.000Z' });
    const unused = await publishImage(catalog, { content: 'unused', builtAt: '2026-02-02T00:00:00.000Z' });
    await openCatalog(catalog).tag(tagged.id, 'stable');
    const hosts = join(folder, 'hosts.yaml');
    const mac = '52:54:00:00:00:01';
    await writeFile(
      hosts,
      stringify({ hosts: [{ name: 'n1', macs: [mac], image: 'stable', arm: 'always' }] }),
    );
    const { daemon, log } = await start({
      hosts,
      images: { catalog, default: first!.manifest.id },
    });
    await until('ready', () => log().includes('"msg":"ready"') || daemon.child.exitCode !== null);
    expect(daemon.child.exitCode, log()).toBe(null);
    const script = `http://198.51.100.1/boot/host.ipxe?mac=${mac}`;
    const booted = async () => (await readUses(catalog))[0]?.hosts[0]?.booted;
    await until('the host boots its image', async () => {
      await link.client.run(['curl', '-s', '-S', '-f', script]);
      return (await booted())?.[0] === tagged.id;
    });
    process.kill(daemon.pid!, 'SIGKILL');
    await daemon.exited;
    const newest = await publishImage(catalog, { content: 'new', builtAt: '2026-02-03T00:00:00.000Z' });
    await openCatalog(catalog).tag(newest.id, 'stable');
    const { removed } = await pruneCatalog(catalog, { keep: 1, dryRun: false });
    expect(removed.map(({ manifest }) => manifest.id)).toEqual([unused.id]);
    expect((await stat(join(catalog, 'uses'))).uid).not.toBe(0);
    await nothingLeft();
  });
});
