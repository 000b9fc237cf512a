import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectedSocket, incoming, NOTHING, REFUSED } from '../../../pxe-server/net/connected-socket.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { addressOf } from '../../../pxe-server/net/libc.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function opened(...asked: Parameters<typeof ConnectedSocket.open>): ConnectedSocket {
  const socket = ConnectedSocket.open(...asked);
  if (typeof socket === 'string') throw new Error(socket);
  ends.push(() => socket.close());
  return socket;
}

describe.each([
  ['127.0.0.1', ipv4Number('127.0.0.1'), 65_535 - 28],
  ['::1', ipv6Number('::1'), 65_536 - 48],
] as const)('connected at %s', (text, address, largest) => {
  it('both ways: one datagram, many of one send, and nothing', async () => {
    const other = createSocket(address === ipv4Number('127.0.0.1') ? 'udp4' : 'udp6').bind(0, text);
    ends.push(() => other.close());
    await once(other, 'listening');
    const heard: string[] = [];
    const all = Promise.withResolvers<void>();
    let from = 0;
    other.on('message', (bytes, { port }) => {
      from = port;
      heard.push(bytes.toString());
      if (heard.length === 4) all.resolve();
    });
    const socket = opened(address, { address, port: other.address().port });
    expect(socket.largest).toBe(largest);
    expect(socket.receive(incoming(9), false)).toBe(NOTHING);
    expect(socket.send(Buffer.from('first'))).toBe('sent');
    const rest = Buffer.allocUnsafeSlow(200).fill('aaabbbcc');
    expect(socket.sendAll(addressOf(rest), 8, 3)).toEqual({ result: 'sent', done: 8 });
    await all.promise;
    expect(heard).toEqual(['first', 'aaa', 'bbb', 'cc']);
    other.send('back', from, text);
    const into = incoming(9);
    await expect.poll(() => socket.receive(into, false)).toBe(4);
    expect(into.bytes.toString('latin1', 0, 4)).toBe('back');
  });
  it('to a port that nobody has', () => {
    const nobody = opened(address, { address, port: 9 });
    nobody.send(Buffer.from('x'));
    expect(nobody.receive(incoming(9), false)).toBe(REFUSED);
  });
});

describe('where there is no way', () => {
  const loopback = ipv6Number('::1');
  it.each([
    ['an IPv4 address inside of IPv6', loopback, { address: ipv6Number('::ffff:127.0.0.1') }, 'ENETUNREACH'],
    ['a link-local address without its link', loopback, { address: ipv6Number('fe80::1') }, 'EINVAL'],
    ['a link that is gone', loopback, { address: ipv6Number('fe80::1'), zone: 0x7fff_fff0 }, 'ENETUNREACH'],
    ['an address that is not ours', ipv6Number('2001:db8::1'), { address: loopback }, 'EADDRNOTAVAIL'],
    ['broadcast', ipv4Number('127.0.0.1'), { address: 0xffff_ffff }, 'EACCES'],
  ] as const)('%s: no socket, and the name of the error', (_what, local, host, errno) => {
    expect(ConnectedSocket.open(local, { ...host, port: 1000 })).toBe(errno);
  });
});
