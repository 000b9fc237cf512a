import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { portHolder } from '../../../pxe-server/net/port-holder.ts';

const LISTEN = `
const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

it.each([
  ['bin/main.ts', ['serve', '--config', 'x'], 'rackhand serve'],
  ['bin/main.ts', ['lab', 'up'], 'node'],
  ['bin/other.ts', ['serve'], 'node'],
])('who has a port: %s %j is told as %s', async (program, argv, name) => {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-port-'));
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, program), LISTEN);
  const child = spawn(process.execPath, [join(folder, program), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(child.stdout, 'data');
    expect(portHolder('tcp', Number(String(port)))).toEqual({ pid: child.pid, name });
  } finally {
    child.kill();
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
});
