import { chown, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DhcpSettings } from '../../../pxe-server/roles/dhcp.ts';
import { Launcher } from '../../../pxe-server/roles/launcher.ts';

/** Any but root, as its number alone. */
const ACCOUNT = { name: 'nobody', uid: 65_534, gid: 65_534 };

let state: string;
let compiled: string;
let launcher: Launcher;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'rackhand-dhcp-state-'));
  compiled = await mkdtemp(join(tmpdir(), 'rackhand-compiled-'));
  await chown(state, ACCOUNT.uid, ACCOUNT.gid);
  vi.stubEnv('NODE_COMPILE_CACHE', compiled);
  launcher = new Launcher(pino({ level: 'silent' }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await launcher.stop();
  for (const folder of [state, compiled]) await rm(folder, { recursive: true, force: true });
});

it('threads that loaded as root have given it up; what they compiled is kept, and root’s', async () => {
  const settings: DhcpSettings = { state, httpPort: 80, interfaces: [], subnets: [], ipv6: [] };
  await launcher.start([{ role: 'dhcp', settings, sockets: {}, account: ACCOUNT }]);
  const tasks = `/proc/${launcher.pids().dhcp}/task`;
  const found = new Set<string>();
  for (const task of await readdir(tasks)) {
    const status = await readFile(join(tasks, task, 'status'), 'utf8');
    const line = (name: string) =>
      new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(status)![1]!.split('\t').join(' ');
    found.add(['Uid', 'Gid', 'Groups', 'CapEff', 'CapPrm'].map((name) => `${name} ${line(name)}`).join(', '));
  }
  const same = '65534 65534 65534 65534';
  const none = '0'.repeat(16);
  expect([...found]).toEqual([`Uid ${same}, Gid ${same}, Groups 65534, CapEff ${none}, CapPrm ${none}`]);

  const [folder, ...others] = await readdir(compiled);
  expect(others).toEqual([]);
  const files = await readdir(join(compiled, folder!));
  expect(files.length).toBeGreaterThan(50);
  for (const file of [compiled, ...files.map((name) => join(compiled, folder!, name))]) {
    const { uid, mode } = await stat(file);
    expect([uid, mode & 0o022]).toEqual([0, 0]);
  }
});
