import { afterEach, describe, expect, it } from 'vitest';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { type Came6, Ipv6Socket, type Target6 } from '../../../pxe-server/net/ipv6-socket.ts';
import { closeFd, openUdp } from '../../../pxe-server/net/sockets.ts';

const LOOPBACK = ipv6Number('::1');
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

let port = 40_000 + (process.pid % 10_000);
function opened(failed: (errno: string, target: Target6) => void = () => undefined) {
  port += 1;
  const fd = openUdp({ address: '::1', port });
  const socket = new Ipv6Socket(fd, failed);
  ends.push(() => {
    socket.close();
    closeFd(fd);
  });
  return { socket, port };
}

function received(socket: Ipv6Socket): (Omit<Came6, 'bytes'> & { text: string })[] {
  const all: (Omit<Came6, 'bytes'> & { text: string })[] = [];
  socket.receive(({ bytes, ...came }) => all.push({ ...came, text: bytes.toString('latin1') }));
  return all;
}

describe('datagrams over IPv6', () => {
  it('come with their sender, the address they came to, and how far they may go', () => {
    const [one, other] = [opened(), opened()];
    for (const [text, from] of [
      ['first', undefined],
      ['second', LOOPBACK],
    ] as const)
      expect(one.socket.send(Buffer.from(text), { address: LOOPBACK, port: other.port, zone: 0, from })).toBe(
        true,
      );
    const common = { address: LOOPBACK, port: one.port, zone: 0, to: LOOPBACK, hopLimit: 64 };
    expect(received(other.socket)).toEqual([
      { ...common, text: 'first' },
      { ...common, text: 'second' },
    ]);
    expect(received(other.socket)).toEqual([]);
  });
  it('are cut off where they are too long, and at most 64 are taken at once', () => {
    const [one, other] = [opened(), opened()];
    const to = { address: LOOPBACK, port: other.port, zone: 0 };
    one.socket.send(Buffer.alloc(4096, 'x'), to);
    for (let i = 0; i < 70; i++) one.socket.send(Buffer.alloc(0), to);
    const first = received(other.socket);
    expect([first.length, first[0]!.text.length, first[1]!.text.length]).toEqual([64, 4096, 0]);
    expect(received(other.socket)).toHaveLength(7);
    expect(() => one.socket.send(Buffer.alloc(4097), to)).toThrow(RangeError);
  });
  it('that cannot be sent are told', () => {
    const told: string[] = [];
    const { socket } = opened((errno) => told.push(errno));
    expect(socket.send(Buffer.from('x'), { address: ipv6Number('fe80::1'), port: 9, zone: 0x7ffffff })).toBe(
      false,
    );
    expect(told).toHaveLength(1);
  });
});
