import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('a reader that has seen enough ends a command quietly: rackhand … | head', async () => {
  const cli = join(import.meta.dirname, '../../bin/main.ts');
  const child = spawn(process.execPath, [cli, 'recipe', 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect([complaints, code]).toEqual(['', 0]);
});
