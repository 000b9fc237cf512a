import { describe, expect, it } from 'vitest';
import { arpProbe, decodeArp, encodeArp, NO_MAC, userOf } from '../../../pxe-server/net/arp.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';

const own = Buffer.from('525400000001', 'hex');
const other = Buffer.from('525400000002', 'hex');
const address = ipv4Number('198.51.100.100');

describe('ARP', () => {
  it('a probe has no sender address (RFC 5227), byte by byte', () => {
    expect(arpProbe(own, address).toString('hex')).toBe(
      ['0001080006040001', '525400000001', '00000000', '000000000000', 'c6336464'].join(''),
    );
  });
  it('round trip, padding left out', () => {
    const reply = {
      operation: 'reply',
      senderMac: other,
      sender: address,
      targetMac: own,
      target: 7,
    } as const;
    expect(decodeArp(Buffer.concat([encodeArp(reply), Buffer.alloc(18)]))).toEqual(reply);
  });
  it('cut anywhere it is none', () => {
    const whole = arpProbe(own, address);
    for (let length = 0; length < whole.length; length++)
      expect(decodeArp(whole.subarray(0, length))).toBeUndefined();
  });
  it.each([
    ['another hardware', 1, 6],
    ['another protocol', 2, 0x86],
    ['a longer hardware address', 4, 8],
    ['a longer protocol address', 5, 16],
    ['another operation', 7, 3],
  ])('%s', (_what, at, value) => {
    const bytes = arpProbe(own, address);
    bytes[at] = value;
    expect(decodeArp(bytes)).toBeUndefined();
  });
});

describe('who uses an address', () => {
  const request = {
    operation: 'request',
    senderMac: other,
    sender: address,
    targetMac: NO_MAC,
    target: 1,
  } as const;
  it.each([
    ['who asks', request, address],
    ['who answers', { ...request, operation: 'reply' as const }, address],
    ['who announces', { ...request, target: address }, address],
    ['not who probes', { ...request, sender: 0 }, undefined],
    ['not a group', { ...request, senderMac: Buffer.from('01005e000001', 'hex') }, undefined],
    ['not nobody', { ...request, senderMac: NO_MAC }, undefined],
  ])('%s', (_what, packet, expected) => {
    expect(userOf(packet)?.address).toBe(expected);
  });
});
