import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Daemon } from '../../../builder/shared/process/daemon.ts';
import { type Link, lineOf, makeLink } from './namespaces.ts';

let link: Link;
let launcher: Daemon;

beforeAll(async () => {
  link = await makeLink('198.51.100.9/24');
  const program = join(import.meta.dirname, 'inherited-launcher.ts');
  launcher = link.server.start([process.execPath, program, link.serverDevice, link.serverAddress]);
  await lineOf(launcher, (line) => line === 'ready');
});
afterAll(async () => {
  await launcher?.stop();
  await link?.remove();
});

it('a broadcast on the device reaches the role, and its broadcast answer comes back without a route', async () => {
  const heard = lineOf(launcher, (line) => line.startsWith('udp'));
  const script = `
    const s = require('dgram').createSocket('udp4');
    s.bind(68, () => { s.setBroadcast(true); s.send('ping', 67, '198.51.100.255'); });
    s.on('message', (m, from) => { console.log(String(m), from.address); s.close(); });`;
  const { stdout } = await link.client.run([process.execPath, '-e', script]);
  expect(stdout).toBe('answer to ping 198.51.100.1\n');
  expect(await heard).toBe('udp ping from 198.51.100.9');
});

it('packets that come in on another interface are not heard', async () => {
  let heard = false;
  void lineOf(launcher, () => true).then(
    () => {
      heard = true;
    },
    () => undefined,
  );
  const script = `
    const s = require('dgram').createSocket('udp4');
    s.send('stray', 67, '127.0.0.1', () => s.close());`;
  await link.server.run([process.execPath, '-e', script]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(heard).toBe(false);
});

it('the TCP role answers on port 80 without being root', async () => {
  const script = `require('net').connect(80, '198.51.100.1').on('data', (d) => console.log(String(d)));`;
  const { stdout } = await link.client.run([process.execPath, '-e', script]);
  expect(stdout).toBe('tcp as 65534\n');
});
