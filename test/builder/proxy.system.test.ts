import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { run } from '../../builder/shared/process/run.ts';
import { lockBuild } from '../../builder/worker/start.ts';
import { makeKey, makePackages } from './fixture-repository.ts';

// A builder that reaches repositories through a proxy only: their name means nothing on this machine.

const HOST = 'mirror.invalid';

let base: string;
let recipe: string;
let mirror: Server;
let proxy: Server;
/** What the proxy was asked for. */
const asked: string[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-proxy-'));
  const key = await makeKey(join(base, 'key'), 'Fixture');
  await makePackages(base, [{ name: 'alpha' }], key);
  await makeCertificate();
  mirror = createHttpsServer(
    { key: await readFile(join(base, 'tls.key')), cert: await readFile(join(base, 'tls.pem')) },
    (request, response) => {
      const file = createReadStream(join(base, decodeURIComponent(request.url!)));
      file.on('error', () => response.writeHead(404).end());
      file.on('open', () => file.pipe(response));
    },
  );
  const port = await listen(mirror);
  proxy = createHttpServer((_, response) => response.writeHead(502).end());
  proxy.on('connect', (request, client) => {
    asked.push(request.url!);
    const server = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    client.pipe(server).pipe(client);
  });
  vi.stubEnv('https_proxy', `http://127.0.0.1:${await listen(proxy)}`);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', join(base, 'tls.pem'));
  recipe = join(base, 'fixture.yaml');
  await writeFile(
    recipe,
    `name: fixture
base: el9
releasever: "9"
arch: x86_64
repositories:
  - id: fixture
    baseurl: "https://${HOST}/repository"
    gpgkey: "https://${HOST}/key/key.asc"
    sslcacert: "${join(base, 'tls.pem')}"
packages: [alpha]
libvirt: monolithic
strip: []
ramRequired: 1024
compression: { squashfs: zstd-1, initramfs: zstd-3 }
`,
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const server of [proxy, mirror]) {
    server.close();
    server.closeAllConnections();
  }
  await rm(base, { recursive: true, force: true });
});

it('fetches keys, packages’ metadata and its digest through the proxy', async () => {
  const said: string[] = [];
  const locking = () =>
    lockBuild({
      ...{ recipe, cache: join(base, 'cache'), catalog: join(base, 'catalog'), explainCache: true },
      progress: ({ message }) => void said.push(message),
    });
  const lock = await locking();
  expect(lock.packages.map(({ name }) => name)).toEqual(['alpha']);
  expect(await locking()).toEqual(lock);
  expect(said).toContain('cache: nothing it depends on has changed');
  expect(new Set(asked)).toEqual(new Set([`${HOST}:443`]));
});

async function makeCertificate(): Promise<void> {
  const name = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`, '-days', '2'];
  const files = ['-keyout', join(base, 'tls.key'), '-out', join(base, 'tls.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run(['openssl', 'req', '-x509', ...key, ...name, ...files]);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
