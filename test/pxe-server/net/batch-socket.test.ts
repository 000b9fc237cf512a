import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchSocket } from '../../../pxe-server/net/batch-socket.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';
import { closeFd, openUdp } from '../../../pxe-server/net/sockets.ts';

const LOOPBACK = ipv4Number('127.0.0.1');

let client: Socket;
let fd: number;
let port: number;
let failures: string[];
let socket: BatchSocket;
beforeEach(async () => {
  client = createSocket('udp4').bind(0, '127.0.0.1');
  await once(client, 'listening');
  const other = createSocket('udp4').bind(0, '127.0.0.1');
  await once(other, 'listening');
  port = other.address().port;
  await new Promise<void>((closed) => other.close(closed));
  fd = openUdp({ address: '0.0.0.0', port });
  failures = [];
  socket = new BatchSocket(fd, (errno) => failures.push(errno), { count: 4, size: 64 });
});
afterEach(() => {
  socket.close();
  closeFd(fd);
  client.close();
});

const send = (text: string, address = '127.0.0.1') =>
  new Promise<void>((sent) => client.send(text, port, address, () => sent()));

describe('many datagrams by one call', () => {
  it('come with sender and with the address that they were sent to', async () => {
    await send('one');
    await send('two', '127.9.8.7');
    const came: unknown[] = [];
    const take = ({ bytes, address, port: from, to }: Parameters<Parameters<BatchSocket['receive']>[0]>[0]) =>
      came.push([bytes.toString(), address, from, to]);
    expect(socket.receive(take)).toBe(2);
    expect(came).toEqual([
      ['one', LOOPBACK, client.address().port, LOOPBACK],
      ['two', LOOPBACK, client.address().port, ipv4Number('127.9.8.7')],
    ]);
    expect(socket.receive(take)).toBe(0);
  });
  it('are cut off at the size, and empty ones are whole', async () => {
    await send('x'.repeat(100));
    await send('');
    const lengths: number[] = [];
    socket.receive(({ bytes }) => lengths.push(bytes.length));
    expect(lengths).toEqual([64, 0]);
  });
  it('more than a batch stay for the next call', async () => {
    for (let i = 0; i < 6; i++) await send(String(i));
    expect([socket.receive(() => undefined), socket.receive(() => undefined)]).toEqual([4, 2]);
  });
  it('leave in their order from the address that is asked for, also more than a batch', async () => {
    const heard: string[] = [];
    const all = new Promise<void>((done) =>
      client.on('message', (bytes, from) => {
        heard.push(`${bytes} ${from.address}`);
        if (heard.length === 6) done();
      }),
    );
    for (let i = 0; i < 6; i++) {
      const length = socket.slot().write(`packet ${i}`);
      socket.post(length, LOOPBACK, client.address().port, ipv4Number(`127.0.0.${i + 1}`));
    }
    socket.flush();
    await all;
    expect(heard).toEqual([1, 2, 3, 4, 5, 6].map((i) => `packet ${i - 1} 127.0.0.${i}`));
  });
  it('one that cannot be sent is told, and the others leave', async () => {
    const heard = once(client, 'message');
    for (const address of [ipv4Number('255.255.255.255'), LOOPBACK]) {
      socket.slot().write('x');
      socket.post(1, address, client.address().port, 0);
    }
    socket.flush();
    await heard;
    expect(failures).toEqual(['EACCES']); // SO_BROADCAST is not set
  });
});

describe('reactor', () => {
  it('calls what is ready, then timers, then the end of the turn', async () => {
    const reactor = new Reactor();
    const calls: string[] = [];
    reactor.watch(fd, () => {
      calls.push('ready');
      socket.receive(() => undefined);
    });
    reactor.after(0, () => calls.push('once'));
    const cancel = reactor.every(0, () => calls.push('again'));
    reactor.atTurnEnd(() => calls.push('end'));
    await send('x');
    reactor.turn();
    reactor.turn();
    cancel();
    reactor.turn(0);
    reactor.close();
    expect(calls).toEqual(['ready', 'once', 'again', 'end', 'again', 'end', 'end']);
  });
  it('turns until it is stopped, and no longer calls what is not watched', async () => {
    const reactor = new Reactor();
    let ready = 0;
    reactor.watch(fd, () => {
      ready += 1;
      reactor.unwatch(fd);
    });
    await send('x');
    reactor.after(20, () => reactor.stop());
    reactor.run();
    reactor.close();
    expect(ready).toBe(1);
  });
});
