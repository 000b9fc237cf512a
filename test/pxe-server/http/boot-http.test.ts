import { readdirSync } from 'node:fs';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../builder/shared/ids.ts';
import { type BootService, brokenOff, IMAGE, startBootHttp } from './boot-fixture.ts';

const ROOTFS = `/images/${IMAGE}/rootfs.squashfs`;
let service: BootService;
beforeEach(async () => {
  service = await startBootHttp();
});
afterEach(() => service.close());

const text = async (path: string) => (await service.ask(path)).body.toString();

describe('scripts', () => {
  it('the first script asks for the machine’s own, from where it came itself', async () => {
    const { status, headers, body } = await service.ask('/boot/start.ipxe');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(body.toString()).toContain('set url http://127.0.0.1/boot/host.ipxe?mac=');
    expect(service.traces).toEqual([]);
  });
  it('a host boots its image with a token of its own', async () => {
    const script = await text('/boot/host.ipxe?mac=52:54:00:00:00:01&uuid=&serial=&platform=efi');
    expect(script).toContain(`kernel http://127.0.0.1/images/${IMAGE}/vmlinuz `);
    expect(service.minted).toMatchObject([{ purpose: 'register', hostId: 'h1', mac: '52:54:00:00:00:01' }]);
    expect(service.traces).toMatchObject([{ kind: 'script', hostId: 'h1', address: '127.0.0.1' }]);
    expect(await text('/boot/host.ipxe?mac=52:54:00:00:00:01')).toBe(script);
    expect(service.minted).toHaveLength(1);
    service.mint.claimed(service.minted.map(({ hash }) => hash));
    expect(await text('/boot/host.ipxe?mac=52:54:00:00:00:01')).not.toBe(script);
  });
  it('grub.cfg, the same for every machine, sends GRUB on to its own', async () => {
    expect(await text('/boot/grub.cfg')).toContain('source $prefix/grub.cfg-01-$net_default_mac;');
    expect([service.minted, service.traces]).toEqual([[], []]);
  });
  describe('grub.cfg by the MAC in its name, as GRUB asks beside where it came from', () => {
    const path = '/boot/grub.cfg-01-52-54-00-00-00-01';
    it('GET', async () => {
      expect(await text(path)).toContain(`linux /images/${IMAGE}/vmlinuz `);
      expect(service.minted).toMatchObject([{ purpose: 'register', hostId: 'h1', mac: '52:54:00:00:00:01' }]);
      expect(service.traces).toMatchObject([{ kind: 'script', hostId: 'h1' }]);
    });
    it('HEAD tells the size that GET has, and has no effect', async () => {
      const { status, headers, body } = await service.ask(path, { method: 'HEAD' });
      expect([status, body.length, service.minted, service.traces]).toEqual([200, 0, [], []]);
      expect(headers['content-length']).toBe(String((await service.ask(path)).body.length));
    });
    it.each(['52-54-00-00-00', '52-54-00-00-00-zz', 'x', ''])('nothing has the MAC %j', async (mac) => {
      expect(await service.ask(`/boot/grub.cfg-01-${mac}`)).toMatchObject({ status: 404 });
      expect([service.minted, service.traces]).toEqual([[], []]);
    });
  });
  it.each([
    '',
    '?mac=nonsense',
    '?mac=52:54:00:00:00:01&mac=52:54:00:00:00:02',
    '?mac[]=52:54:00:00:00:01',
    `?mac=${'5'.repeat(5000)}`,
    '?mac=52:54:00:00:00:01%0aexit',
    '?__proto__=x&constructor=y',
    '?uuid=%00&serial=%ff%fe&mac=%zz',
  ])('firmware’s nonsense is as if it were not there: %j', async (query) => {
    expect(await text(`/boot/host.ipxe${query}`)).toMatch(/^#!ipxe\n/);
    expect(service.minted).toMatchObject([{ purpose: 'inventory', hostId: null, mac: null }]);
  });
  it('an unarmed host boots from its disk, a frozen one not at all; neither gets a token', async () => {
    service.replica.hosts.get('h1')!.arm = 'off';
    expect(await text('/boot/host.ipxe?mac=52:54:00:00:00:01')).toContain('booting from its own disk');
    service.replica.hosts.get('h1')!.state = 'frozen';
    expect(await text('/boot/host.ipxe?mac=52:54:00:00:00:01')).toContain('does not boot [frozen]');
    expect(service.minted).toEqual([]);
  });
  it('HEAD is refused where asking has an effect', async () => {
    for (const path of ['/boot/host.ipxe?mac=52:54:00:00:00:01', `/kickstart/${'0'.repeat(32)}`])
      expect(await service.ask(path, { method: 'HEAD' })).toMatchObject({
        status: 405,
        headers: { allow: 'GET' },
      });
    expect([service.minted, service.traces]).toEqual([[], []]);
  });
});

describe('loaders', () => {
  it('GET and, as UEFI HTTP Boot does first, HEAD', async () => {
    const head = await service.ask('/boot/snponly.efi', { method: 'HEAD' });
    expect(head).toMatchObject({
      status: 200,
      headers: { 'content-length': '9', 'content-type': 'application/efi' },
    });
    expect(head.body).toHaveLength(0);
    expect(service.traces).toEqual([]);
    expect(await text('/boot/snponly.efi')).toBe('MZ loader');
    expect(service.traces).toMatchObject([{ kind: 'download', message: 'loader snponly.efi' }]);
  });
  it('one that is not there', async () => {
    expect(await service.ask('/boot/other.efi')).toMatchObject({ status: 404 });
    expect(await text('/boot/other.efi')).toBe('# no other.efi here\n');
  });
});

describe('files of an installer', () => {
  it.each(['kernel', 'initramfs'])('%s, by its name and no other', async (part) => {
    const { status, headers, body } = await service.ask(`/installers/el9/${part}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-length': String(body.length), 'accept-ranges': 'bytes' });
    expect(body.toString()).toBe(`installer's ${part}`);
    expect(service.traces).toMatchObject([{ kind: 'download', message: `${part} of installer el9` }]);
    const tail = await service.ask(`/installers/el9/${part}`, { headers: { range: 'bytes=12-' } });
    expect([tail.status, tail.body.toString()]).toEqual([206, part]);
  });
  it.each([
    'el8/kernel',
    'el9/vmlinuz',
    'el9/name',
    'el9/kernelArguments',
    'el9/__proto__',
    '../kernel',
    'el9/..%2f',
  ])('nothing is called %s', async (name) => {
    expect(await service.ask(`/installers/${name}`)).toMatchObject({ status: 404 });
    expect(service.traces).toEqual([]);
  });
  it('one that has changed since the start is refused, and an event says how to mend it', async () => {
    await writeFile(join(service.folder, 'installer-kernel'), 'another');
    const { status, body } = await service.ask('/installers/el9/kernel');
    expect(status).toBe(409);
    expect(body.toString()).toBe(
      '# installer-damaged: kernel of installer el9 is not there as it was at the start\n',
    );
    expect(service.traces).toMatchObject([
      { kind: 'warning', message: expect.stringContaining('restart the service') },
    ]);
  });
});

describe('files of an image', () => {
  it('whole', async () => {
    const { status, headers, body } = await service.ask(ROOTFS);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-length': '300000',
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      etag: `"${sha256(service.rootfs).slice(0, 32)}"`,
    });
    expect(body.equals(service.rootfs)).toBe(true);
    expect(service.traces).toMatchObject([{ kind: 'download', message: `rootfs of image ${IMAGE}` }]);
  });
  it('HEAD tells the size, without a body and without an event', async () => {
    const head = await service.ask(ROOTFS, { method: 'HEAD' });
    expect(head).toMatchObject({
      status: 200,
      headers: { 'content-length': '300000', 'accept-ranges': 'bytes' },
    });
    expect(head.body).toHaveLength(0);
    const ranged = await service.ask(ROOTFS, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect(ranged).toMatchObject({ status: 200, headers: { 'content-length': '300000' } });
    expect(service.traces).toEqual([]);
  });
  it('the root by its digest, for media that know no more of the image', async () => {
    const byDigest = `/rootfs/${sha256(service.rootfs)}`;
    const answer = await service.ask(byDigest, { headers: { range: 'bytes=10-19' } });
    expect(answer).toMatchObject({ status: 206, body: service.rootfs.subarray(10, 20) });
    expect(service.traces).toMatchObject([
      { kind: 'download', message: expect.stringContaining('rootfs of') },
    ]);
    for (const other of [sha256(service.rootfs).slice(1), 'a'.repeat(64), '..%2f..'])
      expect(await service.ask(`/rootfs/${other}`)).toMatchObject({ status: 404 });
  });
  it('what the image is verified by, and nothing else of its folder', async () => {
    expect(await text(`/images/${IMAGE}/manifest.json`)).toBe('{}\n');
    await writeFile(join(service.folder, 'build-0123456789abcdef.json'), '{}');
    expect(await service.ask(`/images/${IMAGE}/build-0123456789abcdef.json`)).toMatchObject({ status: 404 });
  });
  it('an empty file', async () => {
    const path = `/images/${IMAGE}/initramfs.img`;
    expect(await service.ask(path)).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
    expect(await service.ask(path, { method: 'HEAD' })).toMatchObject({ status: 200 });
    expect(await service.ask(path, { headers: { range: 'bytes=0-' } })).toMatchObject({ status: 416 });
  });
  it.each<[string, number, number]>([
    ['bytes=0-0', 0, 1],
    ['bytes=100000-199999', 100_000, 200_000],
    ['bytes=299999-', 299_999, 300_000],
    ['bytes=-5', 299_995, 300_000],
    ['bytes=299990-999999', 299_990, 300_000],
  ])('a range: %s', async (range, from, to) => {
    const { status, headers, body } = await service.ask(ROOTFS, { headers: { range } });
    expect([status, headers['content-range']]).toEqual([206, `bytes ${from}-${to - 1}/300000`]);
    expect(headers['content-length']).toBe(String(to - from));
    expect(body.equals(service.rootfs.subarray(from, to))).toBe(true);
  });
  it('a range that cannot be: 416 and the size', async () => {
    const answer = await service.ask(ROOTFS, { headers: { range: 'bytes=300000-' } });
    expect(answer).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */300000' } });
    expect(answer.body).toHaveLength(0);
  });
  it('several ranges: one body of all, in the order asked for', async () => {
    const range = 'bytes=100-109, -5, 0-0';
    const { status, headers, body } = await service.ask(ROOTFS, { headers: { range } });
    expect([status, headers['content-range']]).toEqual([206, undefined]);
    expect(headers['content-length']).toBe(String(body.length));
    const boundary = /^multipart\/byteranges; boundary=([0-9a-f]{24})$/.exec(headers['content-type']!)![1];
    const parts = [
      [100, 110],
      [299_995, 300_000],
      [0, 1],
    ].map(
      ([from, to]) =>
        `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Range: bytes ${from}-${to! - 1}/300000\r\n\r\n${service.rootfs.subarray(from, to).toString('latin1')}`,
    );
    expect(body.toString('latin1')).toBe(`${parts.join('')}\r\n--${boundary}--\r\n`);
  });
  it('conditions come before ranges: If-Match of another file', async () => {
    const answer = await service.ask(ROOTFS, { headers: { 'if-match': '"x"', range: 'bytes=0-9' } });
    expect(answer).toMatchObject({ status: 412, headers: { 'content-length': '0' } });
    expect(service.traces).toEqual([]);
  });
  it('a range that is none: the whole', async () => {
    for (const range of ['bytes=9-5', 'lines=1-2', 'bytes=x', '-'])
      expect(await service.ask(ROOTFS, { headers: { range } })).toMatchObject({
        status: 200,
        headers: { 'content-length': '300000' },
      });
  });
  it('a known tag: 304; a range of another file: the whole', async () => {
    const { etag } = (await service.ask(ROOTFS, { method: 'HEAD' })).headers;
    const known = await service.ask(ROOTFS, { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect(known).toMatchObject({ status: 304, headers: { etag } });
    expect(known.body).toHaveLength(0);
    expect(await service.ask(ROOTFS, { headers: { 'if-none-match': '"x"' } })).toMatchObject({ status: 200 });
    const range = 'bytes=0-9';
    expect(await service.ask(ROOTFS, { headers: { range, 'if-range': etag! } })).toMatchObject({
      status: 206,
    });
    expect(await service.ask(ROOTFS, { headers: { range, 'if-range': '"x"' } })).toMatchObject({
      status: 200,
    });
  });
  it('a file that is gone or has another size: refused before a byte is sent, without its path', async () => {
    for (const spoil of [
      () => truncate(join(service.folder, 'rootfs.squashfs'), 10),
      () => rm(join(service.folder, 'rootfs.squashfs')),
    ]) {
      await spoil();
      for (const method of ['GET', 'HEAD']) {
        const answer = await service.ask(ROOTFS, { method });
        expect(answer).toMatchObject({ status: 409, headers: { 'cache-control': 'no-store' } });
        expect(answer.headers.etag).toBeUndefined();
        if (method === 'GET')
          expect(answer.body.toString()).toBe(
            `# image-damaged: rootfs of image ${IMAGE} is not there as it was built\n`,
          );
      }
    }
    expect(service.traces.at(-1)).toMatchObject({
      kind: 'warning',
      message: expect.stringContaining(`rackhand images verify ${IMAGE}`),
    });
  });
  it('downloads that are broken off leave no file open', async () => {
    const path = join(service.folder, 'rootfs.squashfs');
    const size = 64 << 20;
    await writeFile(path, Buffer.alloc(size));
    service.replica.images[0]!.artifacts.find((a) => a.role === 'rootfs')!.size = size;
    const opened = () => readdirSync('/proc/self/fd').length;
    readdirSync('/proc/self/fd').filter((fd) => Number(fd) < 0).length;
    const before = opened();
    for (let i = 0; i < 20; i++) await brokenOff(service.port, ROOTFS);
    for (let i = 0; i < 100 && opened() > before; i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(opened()).toBeLessThanOrEqual(before);
  });
});

describe('nothing else', () => {
  it.each([
    '/',
    '/boot',
    '/boot/',
    '/boot/../boot/snponly.efi',
    '/boot/..%2f..%2f..%2fetc%2fpasswd',
    '/boot/%2e%2e/%2e%2e/etc/passwd',
    '/boot//etc/passwd',
    '/boot/snponly.efi/',
    '/boot/snponly.efi%00',
    '/boot/%zz',
    '/boot/__proto__',
    '/boot/constructor',
    `/boot/${'x'.repeat(3000)}`,
    '/images/',
    `/images/${IMAGE}`,
    `/images/${IMAGE}/`,
    `/images/${IMAGE}/build-0123456789abcdef.json`,
    `/images/${IMAGE}/..%2f..%2fetc%2fpasswd`,
    `/images/..%2f..%2fetc/passwd`,
    '/images/ffffffffffffffff/vmlinuz',
    '/api/v1/hosts',
    '/docs',
    '//boot/snponly.efi',
    '/boot/snponly.efi/../../etc/passwd',
  ])('%s', async (path) => {
    const answer = await service.ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.body.toString()).toMatch(/^# no [\w. -]{1,80} here\n$/);
    expect(service.internal).toEqual([]);
  });
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])('%s', async (method) => {
    for (const path of ['/boot/snponly.efi', '/boot/host.ipxe', ROOTFS, '/'])
      expect((await service.ask(path, { method })).status).toBe(404);
    expect(service.minted).toEqual([]);
  });
  it('no answer tells what serves it', async () => {
    for (const path of ['/boot/snponly.efi', '/boot/host.ipxe', ROOTFS, '/absent']) {
      const { headers } = await service.ask(path);
      expect(headers.server).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});

it('a defect of ours is told to the log, and to the machine that there was one', async () => {
  const broken = await startBootHttp({
    replica: () => {
      throw new TypeError('cannot read /var/lib/secret');
    },
  });
  const answer = await broken.ask('/boot/host.ipxe');
  expect([answer.status, answer.body.toString()]).toEqual([500, '# the server could not answer\n']);
  expect(broken.internal).toMatchObject([{ message: 'cannot read /var/lib/secret' }]);
  expect(JSON.stringify(broken.traces)).not.toContain('secret');
  await broken.close();
});
