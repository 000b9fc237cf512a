import { describe, expect, it } from 'vitest';
import { internetChecksum, readDatagram, writeDatagram } from '../../../pxe-server/net/datagram.ts';
import { isEchoReply, writeEcho } from '../../../pxe-server/net/echo.ts';

const sent = {
  from: { address: 0, port: 68 },
  to: { address: 0xffffffff, port: 67 },
  payload: Buffer.from('an odd one!'),
};

describe('UDP over IPv4', () => {
  it('round trip, and what follows the packet in its frame is left', () => {
    expect(readDatagram(Buffer.concat([writeDatagram(sent), Buffer.alloc(9, 1)]))).toEqual(sent);
  });
  it('its checksums are right: summed with them there is nothing left', () => {
    const packet = writeDatagram(sent);
    expect(internetChecksum(packet.subarray(0, 20))).toBe(0);
    expect(internetChecksum(packet.subarray(12), 17 + 8 + sent.payload.length)).toBe(0);
  });
  it('a checksum as RFC 1071 counts it', () => {
    expect(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex'))).toBe(~0xddf2 & 0xffff);
  });
  it('cut anywhere it is none', () => {
    const packet = writeDatagram(sent);
    for (let length = 0; length < packet.length; length++)
      expect(readDatagram(packet.subarray(0, length))).toBeUndefined();
  });
  it.each<[string, (packet: Buffer) => unknown]>([
    ['IPv6', (p) => (p[0] = 0x65)],
    ['TCP', (p) => (p[9] = 6)],
    ['a header of 16 bytes', (p) => (p[0] = 0x44)],
    ['a later fragment', (p) => p.writeUInt16BE(1, 6)],
    ['the first of several', (p) => p.writeUInt16BE(0x2000, 6)],
    ['a datagram longer than its packet', (p) => p.writeUInt16BE(20, 24)],
    ['a datagram shorter than its header', (p) => p.writeUInt16BE(7, 24)],
    ['a packet that ends in its header', (p) => p.writeUInt16BE(27, 2)],
  ])('not %s', (_what, spoil) => {
    const packet = writeDatagram(sent);
    spoil(packet);
    expect(readDatagram(packet)).toBeUndefined();
  });
});

describe('ICMP echo', () => {
  const echo = Buffer.alloc(8);
  writeEcho(0x1234, 0x10001, echo);
  const reply = (id: number) => {
    const packet = Buffer.concat([Buffer.from([0x46]), Buffer.alloc(23), echo]);
    packet[24] = 0;
    packet.writeUInt16BE(id, 28);
    return packet;
  };
  it('asks, with a checksum', () => {
    expect(echo.toString('hex')).toMatch(/^0800....12340001$/);
    expect(internetChecksum(echo)).toBe(0);
  });
  it('knows answers of its own, behind IP options too', () => {
    expect(isEchoReply(reply(0x1234), 0x1234)).toBe(true);
    expect(isEchoReply(reply(0x1235), 0x1234)).toBe(false);
  });
  it('cut anywhere it is none', () => {
    const packet = reply(0x1234);
    for (let length = 0; length < packet.length; length++)
      expect(isEchoReply(packet.subarray(0, length), 0x1234)).toBe(false);
  });
});
