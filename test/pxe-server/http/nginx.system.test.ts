import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import { type Answer, type BootService, IMAGE, requestTo, startBootHttp } from './boot-fixture.ts';

const ROOTFS = `/images/${IMAGE}/rootfs.squashfs`;
let service: BootService;
let nginx: Daemon;
let port: number;

beforeEach(async () => {
  service = await startBootHttp((folder) => ({ nginx: { catalog: folder } }));
  port = await freePort();
  const told = await readFile(join(import.meta.dirname, '../../../docs/nginx.conf'), 'utf8');
  const server = told
    .replaceAll('192.0.2.1:80;', `127.0.0.1:${port};`)
    .replaceAll('192.0.2.1:8081', `127.0.0.1:${service.port}`)
    .replaceAll('/var/lib/rackhand/images/', `${service.folder}/`);
  expect(server).not.toMatch(/^[^#]*(192\.0\.2|var\/lib)/m);
  const path = join(service.folder, 'nginx.conf');
  const log = join(service.folder, 'nginx.log');
  const main = `daemon off; user root; pid ${service.folder}/nginx.pid; error_log ${log};\nevents {}\n`;
  await writeFile(path, `${main}http { access_log off;\n${server}}\n`);
  nginx = startDaemon(['nginx', '-c', path, '-p', service.folder, '-e', log]);
  for (let i = 0; i < 200; i++) {
    const answer = await ask('/boot/grub.cfg').catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nginx does not answer: ${await readFile(log, 'utf8').catch(() => 'no log')}`);
});
afterEach(async () => {
  await nginx.stop();
  await service.close();
});

const ask = (
  path: string,
  options?: { method?: string; headers?: Record<string, string> },
): Promise<Answer> => requestTo(port, path, options);

it('images are sent by nginx: whole, ranges, HEAD, conditions', async () => {
  const whole = await ask(ROOTFS);
  expect(whole).toMatchObject({ status: 200, headers: { server: expect.stringContaining('nginx') } });
  expect(whole.headers['x-accel-redirect']).toBeUndefined();
  expect(whole.headers['content-length']).toBe('300000');
  expect(sha256(whole.body)).toBe(sha256(service.rootfs));
  const head = await ask(ROOTFS, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, headers: { 'content-length': '300000' } });
  const part = await ask(ROOTFS, { headers: { range: 'bytes=10-19' } });
  expect([part.status, part.body]).toEqual([206, service.rootfs.subarray(10, 20)]);
  const several = await ask(ROOTFS, { headers: { range: 'bytes=10-19,-5' } });
  expect(several).toMatchObject({ status: 206 });
  expect(several.headers['content-type']).toMatch(/^multipart\/byteranges/);
  const { etag } = whole.headers;
  for (const [name, status] of [
    ['if-none-match', 304],
    ['if-match', 200],
  ] as const)
    expect(await ask(ROOTFS, { headers: { [name]: etag! } })).toMatchObject({ status });
});

it('the service decides what there is, and hears of each download and of whom', async () => {
  expect(await ask('/images/0000000000000000/rootfs.squashfs')).toMatchObject({ status: 404 });
  expect(await ask('/boot/host.ipxe?mac=52:54:00:00:00:01')).toMatchObject({ status: 200 });
  await ask(ROOTFS);
  expect(service.traces.map(({ kind, address }) => [kind, address])).toEqual([
    ['script', '127.0.0.1'],
    ['download', '127.0.0.1'],
  ]);
});

it('nobody can ask nginx for the catalog, which holds more than is served', async () => {
  for (const path of [
    '/rackhand-images/rootfs.squashfs',
    '/rackhand-images/',
    '/rackhand-images/../nginx.conf',
  ])
    expect(await ask(path)).toMatchObject({ status: 404 });
});

it('files that are not of the catalog come from the service itself', async () => {
  const { status, body } = await ask('/installers/el9/kernel');
  expect([status, body.toString()]).toEqual([200, "installer's kernel"]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
