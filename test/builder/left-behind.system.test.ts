import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it, vi } from 'vitest';
import { startDaemon } from '../../builder/shared/process/daemon.ts';
import { rootSandbox } from '../../builder/shared/process/sandbox.ts';
import { processesOf } from './left-behind.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-left-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each<[what: string, argv: (folder: string) => string[], env: (folder: string) => Record<string, string>]>([
  [
    'in a sandbox',
    (folder) => rootSandbox(['sleep', '20'], { root: '/', binds: { '/mnt': folder } }),
    () => ({}),
  ],
  ['known by its environment', () => ['sleep', '20'], (folder) => ({ RACKHAND_OF: folder })],
])('a program %s is found, and gone once it is ended', async (_, argv, env) => {
  const program = startDaemon(argv(folder), { env: env(folder) });
  try {
    await vi.waitUntil(async () => (await processesOf(folder)).includes('sleep 20'), { timeout: 5000 });
  } finally {
    await program.stop(0);
  }
  await vi.waitUntil(async () => (await processesOf(folder)).length === 0, { timeout: 5000 });
});
