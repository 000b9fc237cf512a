import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { listenAll } from '../../../pxe-server/http/listen.ts';
import { openTcpListener } from '../../../pxe-server/net/sockets.ts';

const loopback = () => openTcpListener({ address: '127.0.0.1', port: 0 });

it('one application answers on every socket', async () => {
  const app = Fastify();
  app.get('/', () => 'here');
  const servers = await listenAll(app, [loopback(), loopback(), loopback()]);
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  for (const server of servers) server.close();
  await app.close();
});

it('a request that never ends is ended, whichever socket it came by', async () => {
  const app = Fastify({
    requestTimeout: 100,
    http: { connectionsCheckingInterval: 20, headersTimeout: 100 },
  });
  const servers = await listenAll(app, [loopback(), loopback()]);
  for (const server of servers) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () =>
      socket.write('GET / HT'),
    );
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
    });
    await new Promise((resolve) => socket.on('close', resolve));
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
  }
  for (const server of servers) server.close();
  await app.close();
});
