import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { publishImage } from '../config/catalog-fixture.ts';
import { type Link, makeLink } from '../net/namespaces.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
const MAC = '52:54:00:00:00:01';
const HASH = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz';
let link: Link;
let folder: string;

beforeAll(async () => {
  link = await makeLink('198.51.100.9/24');
  folder = await mkdtemp(join(tmpdir(), 'rackhand-templates-'));
  await chmod(folder, 0o755);
  await publishImage(join(folder, 'catalog'));
});
afterAll(async () => {
  await link?.remove();
  await rm(folder, { recursive: true, force: true });
});

it('a new version is what the next installer gets, without a restart and after one, and what it got is kept without secrets', async () => {
  const first = await start();
  await until('the kickstart of the folder', async () => (await install()).startsWith('# of the folder'));

  const template = join(folder, 'new.ks.njk');
  await writeFile(template, (await shown()).replace('# of the folder', '# of the API'));
  await rackhand('kickstart', 'templates', 'put', 'install', template, '--from', '1', '--message', 'try it');
  await until('the new one', async () => (await install()).startsWith('# of the API'));

  expect(await rackhand('hosts', 'kickstart', 'node1', '--diff')).toMatch(
    /^node1: installed 20.* by install\.ks\.njk \(install\.ks\.njk 2\)\n.*\nno difference\n$/,
  );
  expect(await rackhand('kickstart', 'templates', 'rollback', 'install', '1', '--from', '2')).toBe(
    'install.ks.njk: version 3, tried on 1 hosts\n',
  );
  const diff = await rackhand('hosts', 'kickstart', 'node1', '--diff');
  expect(diff).toContain('\n-# of the API\n+# of the folder\n');
  expect(await rackhand('hosts', 'kickstart', 'node1')).toMatch(/rootpw .*\[hash:/);
  expect(JSON.stringify(await rackhand('hosts', 'kickstart', 'node1', '--json'))).not.toContain(HASH);
  const put = await rackhand('kickstart', 'templates', 'put', 'install', template, '--from', '3');
  expect(put).toBe('install.ks.njk: version 4, tried on 1 hosts\n');
  const own = ['kickstart', 'templates', 'put', 'own.ks.njk', template, '--from', '0'];
  await rackhand(...own);
  await end(first);

  // A file may name what only the database has, and the folder counts for nothing until it changes.
  await declare('own');
  const second = await start();
  await until('the one that was made by the API', async () => (await install()).startsWith('# of the API'));
  expect(await rackhand('kickstart', 'templates', 'history', 'install')).toMatch(
    /^VERSION.*\n4 .*\n3 .*back to version 1\n2 .*try it\n1 .*file/,
  );
  await end(second);
}, 600_000);

async function declare(kickstart: string): Promise<void> {
  const install = { root: { passwordHash: HASH } };
  const host = { name: 'node1', macs: [MAC], kickstart, arm: 'always', install };
  await writeFile(join(folder, 'hosts.yaml'), stringify({ hosts: [host] }));
}

async function start(): Promise<Daemon> {
  const file = async (name: string) => {
    await writeFile(join(folder, name), name);
    return join(folder, name);
  };
  const kickstarts = join(folder, 'kickstarts');
  await mkdir(kickstarts, { recursive: true });
  const shipped = await readFile(join(import.meta.dirname, '../../../kickstarts/install.ks.njk'), 'utf8');
  await writeFile(join(kickstarts, 'install.ks.njk'), `# of the folder\n${shipped}`);
  if (!(await readFile(join(folder, 'hosts.yaml'), 'utf8').catch(() => ''))) await declare('install');
  const subnet = { cidr: '198.51.100.0/24', ranges: [{ from: '198.51.100.100', to: '198.51.100.199' }] };
  const config = {
    ...{ state: join(folder, 'state'), kickstarts, hosts: join(folder, 'hosts.yaml') },
    images: { catalog: join(folder, 'catalog'), default: 'lab' },
    provisioning: { interfaces: [{ name: link.serverDevice, address: link.serverAddress, subnet }] },
    installers: {
      el9: { kernel: await file('vmlinuz'), initramfs: await file('initrd.img'), release: 'el9' },
    },
  };
  await writeFile(join(folder, 'rackhand.yaml'), stringify(config));
  const argv = [PROGRAM, 'serve', '--config', join(folder, 'rackhand.yaml')];
  const daemon = link.server.start(argv, ['ignore', 'ignore', 'pipe']);
  let log = '';
  daemon.child.stderr!.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  const isReady = () => log.includes('"msg":"ready"') || daemon.child.exitCode !== null;
  await until('ready', isReady).catch((error) => expect(error, log).toBe(undefined));
  expect(daemon.child.exitCode, log).toBe(null);
  return daemon;
}

async function end(daemon: Daemon): Promise<void> {
  process.kill(daemon.pid!, 'SIGTERM');
  await daemon.exited;
}

/** The kickstart that the host gets, as its firmware and its installer ask for it; empty when it gets none yet. */
async function install(): Promise<string> {
  const get = async (path: string) =>
    (await link.client.run(['curl', '-s', '-S', `http://198.51.100.1${path}`])).stdout;
  const script = await get(`/boot/host.ipxe?mac=${MAC}`);
  const path = /inst\.ks=http:\/\/198\.51\.100\.1(\S+)/.exec(script)?.[1];
  return path === undefined ? '' : get(path);
}

async function shown(): Promise<string> {
  return rackhand('kickstart', 'templates', 'show', 'install');
}

async function rackhand(...argv: string[]): Promise<string> {
  const token = ['--token-file', join(folder, 'state/control/api-token')];
  return (await link.server.run([PROGRAM, ...argv, ...token], { timeout: 120_000 })).stdout;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const late = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > late) throw new Error(`never: ${what}`);
    await setTimeout(100);
  }
}
