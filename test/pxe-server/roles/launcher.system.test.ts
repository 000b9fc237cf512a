import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Launcher } from '../../../pxe-server/roles/launcher.ts';
import type { Called } from './sample/control.ts';

let folder: string;
let launcher: Launcher;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rackhand-launcher-'));
  launcher = new Launcher(pino({ level: 'silent' }), join(import.meta.dirname, 'sample'));
});
afterEach(async () => {
  await launcher.stop();
  await rm(folder, { recursive: true, force: true });
});

it('settings of any size, calls that fail when a role ends, and what a role that restarts has to know', async () => {
  const output = join(folder, 'called.json');
  const text = 'x'.repeat(300_000);
  const started = launcher.start([
    { role: 'keyholder', settings: { text }, sockets: {}, account: null },
    { role: 'control', settings: { output }, sockets: {}, account: null },
  ]);
  // Both load from the first moment on, though the second gets its settings when the first is ready.
  const pids = launcher.pids();
  expect([typeof pids.keyholder, typeof pids.control]).toEqual(['number', 'number']);
  await started;
  expect(launcher.pids().control).toBe(pids.control);
  const called: Called = {
    settings: text.length,
    umask: 0o077,
    heard: ['kept', 'and what follows it', 'kept too', 'kept last', 'what follows that', 'told once'],
    atTheEnd: ['role-ended', 'role-ended'],
    heardAfterwards: ['kept last', 'what follows that', 'kept too'],
  };
  expect(JSON.parse(await readFile(output, 'utf8'))).toEqual(called);
});
