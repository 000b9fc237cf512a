import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addHostCommands } from '../../../pxe-server/commands/hosts.ts';
import { addKickstartCommands } from '../../../pxe-server/commands/kickstart.ts';
import { openApi, type TestApi } from '../api/fixture.ts';

let folder: string;
let api: TestApi;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-commands-'));
  api = await openApi();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  vi.stubEnv('RACKHAND_URL', `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`);
  vi.stubEnv('RACKHAND_TOKEN', api.token);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a command prints, or the error that it throws. */
async function rackhand(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  await rackhandTo(printed, ...argv);
  return printed.join('');
}
async function rackhandTo(printed: string[], ...argv: string[]): Promise<void> {
  const program = new Command('rackhand').exitOverride();
  program.configureOutput({ writeOut: (text) => printed.push(text), writeErr: () => undefined });
  addKickstartCommands(program, (text) => printed.push(text));
  addHostCommands(program, (text) => printed.push(text));
  await program.parseAsync(argv, { from: 'user' });
}
/** What a command prints before it fails, and how it fails. */
async function failing(...argv: string[]): Promise<[printed: string, error: unknown]> {
  const printed: string[] = [];
  const error = await rackhandTo(printed, ...argv).catch((thrown: unknown) => thrown);
  return [printed.join(''), error];
}
const templates = (...argv: string[]) => rackhand('kickstart', 'templates', ...argv);
const file = async (text: string) => {
  await writeFile(join(folder, 'own.njk'), text);
  return join(folder, 'own.njk');
};

it('a template is shown, changed, compared and taken back', async () => {
  const shipped = await templates('show', 'install');
  expect(await templates('list')).toMatch(
    /^TEMPLATE .*\n(.*\n)*install\.ks\.njk +shipped +rackhand +0 +as it is shipped\n/,
  );
  const put = ['put', 'install', await file(`# ours\n${shipped}`), '--message', 'a comment'];
  expect(await templates(...put, '--from', '0')).toBe('install.ks.njk: version 1, tried on 0 hosts\n');
  await expect(templates(...put, '--from', '0')).rejects.toMatchObject({ code: 'template-changed' });
  expect(await templates('show', 'install')).toBe(`# ours\n${shipped}`);
  expect(await templates('show', 'install', '--version', '0')).toBe(shipped);
  expect(await templates('diff', 'install', '0')).toContain('\n+# ours\n');
  expect(await templates('diff', 'install', '1', '0')).toContain('\n-# ours\n');
  const back = ['rollback', 'install', '0', '--from', '1', '--message', 'enough'];
  expect(await templates(...back)).toBe('install.ks.njk: version 2, tried on 0 hosts\n');
  expect(await templates('history', 'install')).toMatch(
    /^VERSION .*\n2 +first +2026-01-01 00:00:00Z +away +enough\n1 +first .* a comment\n0, shipped +rackhand .*\n$/,
  );
  expect(await templates('list')).toMatch(/\ninstall\.ks\.njk +2 +first .* as shipped: enough\n/);
  expect(await templates('show', 'install')).toBe(shipped);
  expect(await templates('diff', 'install', '0')).toBe('');
  expect(await templates('diff', 'install', '1')).toContain('\n-# ours\n');
  expect(JSON.parse(await templates('list', '--json'))).toMatchObject({ templates: expect.any(Array) });
});
it('one that was taken away is shown by its versions alone', async () => {
  await templates('put', 'own.ks.njk', await file('text\n'), '--from', '0');
  await templates('rollback', 'own', '0', '--from', '1');
  await expect(templates('show', 'own')).rejects.toMatchObject({
    code: 'version-absent',
    mend: 'see who did: rackhand kickstart templates history own; an earlier text: --version 1',
  });
  expect(await templates('show', 'own', '--version', '1')).toBe('text\n');
});
it('a text that nobody has saved is tried on a host', async () => {
  await api.registry.declare({ name: 'node1', kickstart: 'install' });
  const text = await templates('show', 'install');
  const tried = await templates('try', 'install', 'node1', '--file', await file(`# tried\n${text}`));
  expect(tried).toMatch(/^# tried\n/);
  expect(tried).toContain('network --hostname=node1\n');
  expect(await templates('try', 'rescue', 'node1')).toContain('rescue');
  await expect(
    templates('try', 'install', 'node1', '--file', await file('{{ hosts.name }}')),
  ).rejects.toMatchObject({
    code: 'template-undefined',
    message: expect.stringContaining('template install.ks.njk, line 1'),
  });
});
it('names what is wrong with the words of the command', async () => {
  await expect(templates('put', 'install', join(folder, 'none'), '--from', '0')).rejects.toMatchObject({
    code: 'template-absent',
  });
  await expect(templates('put', 'install', 'x')).rejects.toThrow(/--from/);
  await expect(templates('diff', 'install', 'x')).rejects.toThrow(/number/i);
  await expect(templates('put', 'own', await file('text\n'), '--from', '0')).rejects.toMatchObject({
    code: 'template-unknown',
    mend: expect.stringMatching(/^a new one is named NAME\.ks\.njk, or /),
  });
  await expect(templates('show', 'none')).rejects.toMatchObject({ code: 'template-unknown' });
});
it('the kickstart of a host is shown, and how it differs from the one that it has', async () => {
  const { id } = await api.registry.declare({ name: 'node1', kickstart: 'install' });
  expect(await rackhand('hosts', 'kickstart', 'node1')).toContain('network --hostname=node1\n');
  expect(await rackhand('hosts', 'kickstart', 'node1', '--diff')).toBe(
    'node1: no kickstart was delivered to it that is remembered\n',
  );
  const made = await api.templates.desk.try('install', {}, api.registry.get(id));
  await api.templates.deliveries.add({ ...made, hostId: id, base: 'http://192.0.2.1' });
  const head = 'node1: installed 2026-01-01 00:00:00Z by install.ks.njk as it is shipped\n';
  expect(await rackhand('hosts', 'kickstart', 'node1', '--diff')).toBe(
    `${head}now by install.ks.njk as it is shipped\nno difference\n`,
  );
  await templates(
    'put',
    'install',
    await file(`# ours\n${await templates('show', 'install')}`),
    '--from',
    '0',
  );
  expect(await rackhand('hosts', 'kickstart', 'node1', '--diff')).toMatch(
    /now by install\.ks\.njk \(install\.ks\.njk 1\)\n--- installed\n\+\+\+ now\n@@ .*\n\+# ours\n/,
  );
  await api.registry.update(id, { kickstart: 'wipe' });
  const refused = {
    code: 'template-undefined',
    message: expect.stringMatching(/^node1 gets no kickstart: /),
  };
  for (const options of [[], ['--diff'], ['--json'], ['--diff', '--json']]) {
    const [printed, error] = await failing('hosts', 'kickstart', 'node1', ...options);
    expect(error).toMatchObject(refused);
    if (options.includes('--json')) expect(JSON.parse(printed)).toMatchObject({ host: 'node1', now: null });
    else expect(printed).toBe(options.includes('--diff') ? head : '');
  }
});
