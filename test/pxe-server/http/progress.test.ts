import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { serviceTls, tlsOptions } from '../../../pxe-server/enrol/service-tls.ts';
import { traceRequests } from '../../../pxe-server/http/trace-requests.ts';
import type { HttpFact } from '../../../pxe-server/trace/entry.ts';
import { freshKeys } from '../enrol/desk.ts';

const ROOTFS = '/images/0123456789abcdef/rootfs.squashfs';
/** Far more than the buffers of two sockets take. */
const SIZE = 64 << 20;
/** Milliseconds between two looks. */
const LOOK = 50;
/** Bytes of a pace at which nothing is over for long. */
const PORTION = 256 << 10;

let app: FastifyInstance | undefined;
let socket: Socket | undefined;
afterEach(async () => {
  socket?.destroy();
  await app?.close();
});

describe.each([false, true])('how far a download is, under TLS: %s', (tls) => {
  it('is told while bytes arrive, not while it stands still', { timeout: 60_000 }, async () => {
    const { facts, port } = await serve(tls);
    socket = tls
      ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    await once(socket, tls ? 'secureConnect' : 'connect');
    socket.write(`GET ${ROOTFS} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const moved = () => facts.filter(({ step }) => step === 'moving');
    while (moved().length < 5) {
      await once(socket, 'readable');
      socket.read(Math.min(PORTION, socket.readableLength));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(facts[0]).toMatchObject({ step: 'begun', what: 'image', path: ROOTFS });
    let last = 0;
    for (const { bytes, size, seconds, rate } of moved() as Required<HttpFact>[]) {
      expect(size).toBe(SIZE);
      expect(bytes).toBeGreaterThan(last);
      expect(bytes).toBeLessThan(SIZE);
      expect(seconds).toBeGreaterThan(0);
      expect(rate).toBeGreaterThan(0);
      last = bytes;
    }
    // It takes no more: once its buffers are full, nothing is told.
    let before = -1;
    while (moved().length !== before) {
      before = moved().length;
      await new Promise((resolve) => setTimeout(resolve, LOOK * 10));
    }
    // What our buffers hold has not arrived.
    expect(moved().at(-1)!.bytes).toBeLessThan(SIZE / 2);
    socket.destroy();
    await expect.poll(() => facts.at(-1)?.step).toBe('broken');
    const ended = facts.length;
    await new Promise((resolve) => setTimeout(resolve, LOOK * 3));
    expect(facts.length).toBe(ended);
  });
});

it('of what is soon over only the end is told', async () => {
  const { facts, port } = await serve(false, 1000);
  expect((await fetch(`http://127.0.0.1:${port}${ROOTFS}`)).status).toBe(200);
  await expect.poll(() => facts.map(({ step }) => step)).toEqual(['begun', 'sent']);
});

async function serve(tls: boolean, size = SIZE): Promise<{ facts: HttpFact[]; port: number }> {
  const facts: HttpFact[] = [];
  app = (tls ? Fastify({ https: await certified() }) : Fastify()) as unknown as FastifyInstance;
  traceRequests(app, ({ fact }) => facts.push(fact as HttpFact), LOOK);
  app.get(ROOTFS, (_request, reply) => reply.header('content-length', size).send(Buffer.alloc(size)));
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { facts, port: (app.server.address() as AddressInfo).port };
}

async function certified() {
  const keys = await freshKeys();
  const tls = await serviceTls(['127.0.0.1'], async ({ csr, dns, ip }) => ({
    certificate: await keys.holder.issueService(csr, { dns, ip }),
  }));
  await keys.remove();
  return tlsOptions(tls);
}
