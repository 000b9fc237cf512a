import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../bin/main.ts');

it('a reader that has seen enough ends a command quietly: rackhand … | head', async () => {
  const child = spawn(process.execPath, [CLI, 'recipe', 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect([complaints, code]).toEqual(['', 0]);
});

it('--version is the program’s before a command, and the command’s own behind it', async () => {
  const program = await rackhand('--version');
  expect(program.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  for (const verb of [
    ['show', 'install'],
    ['try', 'install', 'node1'],
  ]) {
    const asked = await rackhand('kickstart', 'templates', ...verb, '--version', '3');
    expect(asked).toMatchObject({ out: '', code: 1 });
    expect(asked.err).toContain('api-silent');
  }
});

it('what a file holds moves no cursor of the terminal that shows its fault', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-main-'));
  try {
    await writeFile(join(folder, 'esc.leases'), '\x1b]0;owned\x07 \x1b[2J\x9b1m x y z\n');
    const { err, code } = await rackhand('leases', 'import', join(folder, 'esc.leases'));
    expect(err).toContain('leases-invalid');
    expect(err).not.toMatch(/[^\P{Cc}\n]/u);
    expect(code).toBe(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** A command against an API that nobody serves. */
async function rackhand(...argv: string[]): Promise<{ out: string; err: string; code: number }> {
  const env = { ...process.env, RACKHAND_URL: 'http://127.0.0.1:1', RACKHAND_TOKEN: '0'.repeat(32) };
  const child = spawn(process.execPath, [CLI, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const ended = [text(child.stdout), text(child.stderr), once(child, 'exit')] as const;
  const [out, err, [code]] = await Promise.all(ended);
  return { out, err, code };
}
