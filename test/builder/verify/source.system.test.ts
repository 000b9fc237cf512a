import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { urlSource } from '../../../builder/verify/source.ts';
import { type Expected, verifyImage } from '../../../builder/verify/verify.ts';
import { makeImage } from '../evidence/image.ts';
import { testSigner } from '../evidence/signer.ts';

const signer = testSigner(1);
const trusting: Expected = { trusted: [signer], unsigned: false };

let base: string;
let image: Manifest;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'rackhand-verify-url-'));
  image = await makeImage(base, signer);
});
afterAll(() => rm(base, { recursive: true, force: true }));

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A server on the loopback; `odd` answers first, if it wants to. */
async function serve(odd?: (...given: Parameters<RequestListener>) => boolean): Promise<string> {
  const server = createServer((request, response) => {
    if (odd?.(request, response)) return;
    readFile(join(base, 'catalog', request.url!.replace('/images/', ''))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end('none'),
    );
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/images/${image.id}`;
}

const kept = async () =>
  (await readdir(tmpdir())).filter((name) => /^rackhand-verify-[A-Za-z0-9]{6}$/.test(name));

describe('an image at an address', () => {
  it('is verified as one in a folder is, and nothing of it stays', async () => {
    const before = await kept();
    const found = await verifyImage(urlSource(`${await serve()}/`), { ...trusting, id: image.id });
    expect(found.faults).toEqual([]);
    expect(found).toMatchObject({ image: image.id, files: 9, notes: [] });
    expect(found.paths).toBeGreaterThan(10);
    expect(await kept()).toEqual(before);
  });

  it('whose root is changed on the way is refused', async () => {
    const address = await serve((request, response) => {
      if (!request.url!.endsWith('rootfs.squashfs')) return false;
      response.end(Buffer.alloc(image.artifacts.find(({ role }) => role === 'rootfs')!.size));
      return true;
    });
    const { faults } = await verifyImage(urlSource(address), trusting);
    expect(faults).toMatchObject([
      { code: 'file-damaged', what: expect.stringContaining('rootfs.squashfs') },
    ]);
  });

  it('whose server never stops sending is left at the size that the manifest names', async () => {
    let sent = 0;
    const address = await serve((request, response) => {
      if (!request.url!.endsWith('vmlinuz')) return false;
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16))) sent += 1 << 16;
      };
      response.on('drain', more);
      more();
      return true;
    });
    const { faults } = await verifyImage(urlSource(address), trusting);
    expect(faults).toMatchObject([{ what: 'vmlinuz has more than 7 bytes' }]);
    expect(sent).toBeLessThan(64 << 20);
  });

  // What fetch of Node 24 ends the whole process for (nodejs/undici issue 5360).
  it('is read to its end from a server that closes its connections, however late it is read', async () => {
    const body = Buffer.alloc(80 << 10);
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
        socket.end(body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sent = once(server, 'connection').then(([socket]) => once(socket, 'finish'));
    const pieces = await urlSource(`http://127.0.0.1:${port}/x`).open('vmlinuz');
    await sent;
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    let bytes = 0;
    for await (const piece of pieces!) bytes += piece.length;
    server.close();
    expect(bytes).toBe(body.length);
  });

  it('without its lock, as the service has it, is good and says so', async () => {
    const address = await serve((request, response) => {
      if (!request.url!.includes('build-')) return false;
      response.writeHead(404).end();
      return true;
    });
    const found = await verifyImage(urlSource(address), trusting);
    expect(found.faults).toEqual([]);
    expect(found.notes).toEqual([expect.stringContaining('the lock of the build, is not there')]);
  });

  it('may lie elsewhere on the same server', async () => {
    const address = await serve((request, response) => {
      if (request.url!.startsWith('/images/')) return false;
      response.writeHead(302, { location: request.url!.replace('/old/', '/images/') }).end();
      return true;
    });
    expect((await verifyImage(urlSource(address.replace('/images/', '/old/')), trusting)).faults).toEqual([]);
  });

  type Odd = Parameters<typeof serve>[0];
  it.each<[what: string, odd: Odd, reason: RegExp]>([
    [
      'that leads to another server',
      (_, response) =>
        !!response.writeHead(302, { location: 'http://127.0.0.2:9/images/x/manifest.json' }).end(),
      /another server, http:\/\/127\.0\.0\.2:9/,
    ],
    [
      'that leads round and round',
      (request, response) => !!response.writeHead(302, { location: request.url! }).end(),
      /from one address to another 5 times/,
    ],
    ['that has trouble', (_, response) => !!response.writeHead(500).end(), /the server answers 500/],
    [
      'that packs the file on the way',
      (_, response) => !!response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      /changes the file on the way \(gzip\)/,
    ],
    ['that ends the connection', (request) => !!request.socket.destroy(), /cannot be read: /],
    ['that does not answer', () => true, /no answer for 0\.2 s/],
    ['that stops in the middle', (_, response) => response.write('{') || true, /no answer for 0\.2 s/],
    [
      'that sends a manifest without end',
      (_, response) => !!response.end(Buffer.alloc((32 << 20) + 1)),
      /has more than 33554432 bytes/,
    ],
  ])('%s is no image, and says why', async (_, odd, reason) => {
    await expect(verifyImage(urlSource(await serve(odd), { patience: 200 }), trusting)).rejects.toMatchObject(
      {
        ...{ code: 'image-unreachable', message: expect.stringMatching(reason) },
      },
    );
  });

  it('is left at once when a person has had enough, and nothing of it stays', async () => {
    const before = await kept();
    const enough = new AbortController();
    const address = await serve((request, response) => {
      if (!request.url!.endsWith('rootfs.squashfs')) return false;
      response.write('hsqs');
      enough.abort();
      return true;
    });
    await expect(verifyImage(urlSource(address, { signal: enough.signal }), trusting)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await kept()).toEqual(before);
  });

  it('where there is none says so', async () => {
    const address = (await serve()).replace(image.id, '0123456789abcdef');
    await expect(verifyImage(urlSource(address), trusting)).rejects.toMatchObject({ code: 'image-unknown' });
  });
});
