import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { interfaceFacts } from '../../../pxe-server/net/interfaces.ts';
import { closeFd, openTcpListener, openUdp } from '../../../pxe-server/net/sockets.ts';

const PORT = 46069;
const loopback = { device: 'lo', address: '127.0.0.1', port: PORT };

describe('sockets', () => {
  it('a UDP descriptor bound to a device receives in dgram', async () => {
    const server = createSocket('udp4');
    const listening = once(server, 'listening'); // emitted inside bind when it is given a descriptor
    server.bind({ fd: openUdp(loopback) });
    await listening;
    const client = createSocket('udp4');
    client.send('hello', PORT, '127.0.0.1');
    const [message] = await once(server, 'message');
    expect(String(message)).toBe('hello');
    client.close();
    server.close();
  });
  it('a TCP descriptor accepts in net', async () => {
    const server = createServer((socket) => socket.end('hello'));
    server.listen({ fd: openTcpListener(loopback) });
    await once(server, 'listening');
    const [data] = await once(connect(PORT, '127.0.0.1'), 'data');
    expect(String(data)).toBe('hello');
    server.close();
  });
  it('a port in use names who holds it', () => {
    const fd = openUdp(loopback);
    try {
      expect(() => openUdp(loopback)).toThrow(
        expect.objectContaining({
          code: 'port-in-use',
          message: expect.stringContaining(`(process ${process.pid})`),
        }),
      );
    } finally {
      closeFd(fd);
    }
  });
  it.each([
    [{ address: '192.0.2.1', port: PORT }, 'address-absent'],
    [{ device: 'nosuch0', address: '0.0.0.0', port: PORT }, 'interface-absent'],
  ])('%j is refused as %s', (options, code) => {
    expect(() => openUdp(options)).toThrow(expect.objectContaining({ code }));
  });
  it('interface facts', async () => {
    expect(await interfaceFacts('lo')).toMatchObject({
      addresses: [{ address: '127.0.0.1', prefix: 8 }],
      up: true,
    });
    await expect(interfaceFacts('nosuch0')).rejects.toMatchObject({
      code: 'interface-absent',
      mend: expect.stringContaining('lo'),
    });
  });
});
