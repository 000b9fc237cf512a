import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';
import { openApi, type TestApi } from '../api/fixture.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/rackhand');
let folder: string;
let api: TestApi;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-commands-'));
  api = await openApi();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  await writeFile(join(folder, 'api-token'), `${api.token}\n`);
  await api.registry.declare({ name: 'node1' });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

const rackhand = (...argv: string[]) => run([PROGRAM, ...argv], { okCodes: [0, 1, 2, 70], timeout: 60_000 });
const token = () => ['--token-file', join(folder, 'api-token')];

it('rackhand hosts list, against the API', async () => {
  const { code, stdout } = await rackhand('hosts', 'list', '--url', url, ...token());
  expect(stdout).toMatch(/^HOST .*\nnode1 +declared +off .*declared\n$/);
  expect(code).toBe(0);
});
it.each([
  [
    'no token file',
    1,
    ['show', 'node1', '--token-file', '/absent/token'],
    /^error \[token-absent\]: .*\n {2}mend: set RACKHAND_TOKEN/,
  ],
  [
    'an unknown host',
    1,
    ['show', 'absent'],
    /^error \[host-absent\]: no host absent\n {2}mend: list the hosts/,
  ],
  [
    'no server',
    1,
    ['list', '--url', 'http://127.0.0.1:65535'],
    /^error \[api-silent\]: no answer from .*\n {2}mend: is rackhand serve running/,
  ],
  ['a wrong option', 2, ['list', '--colour'], /unknown option '--colour'/],
  ['a wrong choice', 2, ['arm', 'node1', 'twice'], /Allowed choices are off, once, always/],
])('%s: exit code %i, and words that help', async (_what, expected, argv, pattern) => {
  const own = argv.includes('--url') ? [] : ['--url', url];
  const { code, stderr, stdout } = await rackhand(
    'hosts',
    ...argv,
    ...own,
    ...(argv.includes('--token-file') ? [] : token()),
  );
  expect(stderr).toMatch(pattern);
  expect(stderr).not.toMatch(/at .*\.ts:\d+/);
  expect(stdout).toBe('');
  expect(code).toBe(expected);
});
