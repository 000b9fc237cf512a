import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { interfaceFacts } from '../../../pxe-server/net/interfaces.ts';
import { closeFd, openTcpListener, openUdp } from '../../../pxe-server/net/sockets.ts';

const thrown = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return error as { code: string; message: string; mend: string };
  }
  throw new Error('nothing was thrown');
};

describe('sockets on loopback', () => {
  it('a UDP descriptor becomes a working dgram socket', async () => {
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening'); // said within bind() when it gets a descriptor
    socket.bind({ fd: openUdp({ address: '127.0.0.1', port: 0 }) });
    await listening;
    const client = createSocket('udp4');
    client.send('hello', socket.address().port, '127.0.0.1');
    const [message] = await once(socket, 'message');
    expect(message.toString()).toBe('hello');
    socket.close();
    client.close();
  });
  it('the same by IPv6', async () => {
    const socket = createSocket('udp6');
    const listening = once(socket, 'listening');
    socket.bind({ fd: openUdp({ address: '::1', port: 0 }) });
    await listening;
    const client = createSocket('udp6');
    client.send('hello', socket.address().port, '::1');
    const [message, from] = await once(socket, 'message');
    expect([message.toString(), from.address]).toEqual(['hello', '::1']);
    socket.close();
    client.close();
  });
  it('a TCP descriptor of an IPv6 address becomes a working server', async () => {
    const server = createServer((connection) => connection.end('hello'));
    server.listen({ fd: openTcpListener({ address: '::1', port: 0 }) });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '::1');
    const [data] = await once(client, 'data');
    expect(data.toString()).toBe('hello');
    expect(thrown(() => openTcpListener({ address: '::1', port }))).toMatchObject({
      ...{ code: 'port-in-use', message: expect.stringContaining(`cannot open tcp [::1]:${port}`) },
    });
    server.close();
  });
  it('a TCP descriptor becomes a working server', async () => {
    const server = createServer((connection) => connection.end('hello'));
    server.listen({ fd: openTcpListener({ address: '127.0.0.1', port: 0 }) });
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [data] = await once(client, 'data');
    expect(data.toString()).toBe('hello');
    server.close();
  });
  it('names the process that has a port', async () => {
    const holder = createSocket('udp4').bind(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address();
    const error = thrown(() => openUdp({ address: '127.0.0.1', port }));
    expect(error).toMatchObject({ code: 'port-in-use' });
    expect(error.message).toContain(`(process ${process.pid})`);
    holder.close();
  });
  it('an address that no interface has', () => {
    expect(thrown(() => openUdp({ address: '192.0.2.77', port: 0 }))).toMatchObject({
      code: 'address-absent',
      mend: expect.stringContaining('ip address add 192.0.2.77'),
    });
  });
  it('an interface that is absent', () => {
    const error = thrown(() => openUdp({ device: 'absent0', address: '127.0.0.1', port: 0 }));
    expect(error.code).toBe('interface-absent');
  });
  it('a closed descriptor frees its port', async () => {
    const fd = openTcpListener({ address: '127.0.0.1', port: 0 });
    closeFd(fd);
    expect(() => closeFd(openTcpListener({ address: '127.0.0.1', port: 0 }))).not.toThrow();
  });
});

describe('interface facts', () => {
  it('loopback', () => {
    expect(interfaceFacts('lo')).toMatchObject({
      name: 'lo',
      index: 1,
      mac: '00:00:00:00:00:00',
      up: true,
      addresses: expect.arrayContaining([{ address: '127.0.0.1', prefix: 8 }]),
    });
  });
  it.each(['absent0', '../lo', 'a-name-that-is-too-long', ''])('%j is absent, others are named', (name) => {
    expect(thrown(() => interfaceFacts(name))).toMatchObject({
      code: 'interface-absent',
      mend: expect.stringContaining('lo'),
    });
  });
});
