import { describe, expect, it } from 'vitest';
import { readAssociations, statusValue, writeAssociation } from '../../../pxe-server/dhcp6/associations.ts';
import { decode6, encode6, MOST_RELAYS, type Packet6, replyRelays } from '../../../pxe-server/dhcp6/codec.ts';
import { duidMac, readDuid, writeDuid } from '../../../pxe-server/dhcp6/duid.ts';
import {
  Option6,
  readCodes,
  readOptions6,
  readStrings,
  writeDomains,
  writeOptions6,
  writeStrings,
} from '../../../pxe-server/dhcp6/options.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { duidOf, macBytes, message6, REAL6, relayed } from './packets.ts';

describe('a DHCPv6 packet', () => {
  it('is as RFC 8415 section 8 draws it', () => {
    const message = message6('solicit', { duid: Buffer.of(0, 3, 0, 1, 2, 3, 4, 5, 6, 7), associations: {} });
    const bytes = encode6({ direction: 'to-server', relays: [], message });
    expect(bytes.toString('hex')).toBe('01abcdef0001000a00030001020304050607');
    const relay = encode6({ direction: 'to-client', relays: [relayed('fd00::1', { hops: 3 })], message });
    expect(relay.toString('hex', 0, 38)).toBe(
      '0d03fd000000000000000000000000000001fe80000000000000505400fffe12345600090012',
    );
  });
  it.each(REAL6.map((bytes, i) => [i, bytes] as const))('%i comes back as it was', (_i, bytes) => {
    const packet = decode6(bytes) as Packet6;
    expect(encode6(packet)).toEqual(bytes);
  });
  it.each(REAL6.map((bytes, i) => [i, bytes] as const))(
    '%i, cut off anywhere, is none or shorter',
    (_i, bytes) => {
      for (let length = 0; length < bytes.length; length++) {
        const packet = decode6(bytes.subarray(0, length));
        if ('malformed' in packet) continue;
        expect(encode6(packet)).toEqual(bytes.subarray(0, length));
        expect(packet.message.options.length).toBeLessThan(
          (decode6(bytes) as Packet6).message.options.length,
        );
      }
    },
  );
  it.each([
    ['nothing', ''],
    ['three bytes', '010203'],
    ['type 0', '00abcdef'],
    ['type 14', '0eabcdef'],
    ['an option that runs past the end', '01abcdef00010005ffff'],
    ['half an option header', '01abcdef0001'],
    ['a relay of 33 bytes', `0c${'00'.repeat(32)}`],
    ['a relay without a message', `0c${'00'.repeat(33)}`],
    ['an empty message in a relay', `0c${'00'.repeat(33)}00090000`],
    [
      'a reply in a relay-forward',
      `0c${'00'.repeat(33)}00090026 0d${'00'.repeat(33)}00090000`.replace(' ', ''),
    ],
  ])('%s is none', (_what, hex) => {
    expect(decode6(Buffer.from(hex, 'hex'))).toEqual({ malformed: expect.any(String) });
  });
  it('goes through as many relays as RFC 8415 allows, and no more', () => {
    const through = (count: number) =>
      decode6(
        encode6({
          ...{ direction: 'to-server', message: message6('solicit') },
          relays: Array.from({ length: count }, () => relayed('fd00::1')),
        }),
      );
    expect(through(MOST_RELAYS)).toMatchObject({ relays: { length: MOST_RELAYS } });
    expect(through(MOST_RELAYS + 1)).toEqual({ malformed: 'more than 8 relays' });
  });
  it('has at most 64 options', () => {
    expect(readOptions6(Buffer.alloc(4 * 64))).toHaveLength(64);
    expect(readOptions6(Buffer.alloc(4 * 65))).toBeUndefined();
  });
  it('goes back by the same relays, with their interface alone', () => {
    const id: [number, Buffer] = [Option6.interfaceId, Buffer.from('eth7')];
    const relay = relayed('fd00::1', { options: [[Option6.remoteId, Buffer.from('abcdef')], id] });
    expect(replyRelays([relay])).toEqual([{ ...relay, options: [id] }]);
  });
});

describe('an identity association', () => {
  const given = { address: ipv6Number('fd00::5'), preferred: 60, valid: 90 };
  it('is as RFC 8415 21.4 and 21.6 draw it', () => {
    const [code, value] = writeAssociation(7, [given], { renew: 30, rebind: 48 });
    expect(code).toBe(3);
    expect(value.toString('hex')).toBe(
      `000000070000001e00000030${'00050018'}fd000000000000000000000000000005${'0000003c0000005a'}`,
    );
    expect(readAssociations([[code, value]])).toEqual([{ iaid: 7, addresses: [given.address] }]);
  });
  it('says why it has no address', () => {
    const status = statusValue(2, 'no free address');
    const [, value] = writeAssociation(7, [], { renew: 0, rebind: 0, status });
    expect(value.toString('latin1', 18)).toBe('no free address');
    expect(value.readUInt16BE(12)).toBe(Option6.statusCode);
  });
  const ia = (iaid: number, addresses = 1) =>
    writeAssociation(iaid, Array(addresses).fill(given), { renew: 0, rebind: 0 });
  it.each([
    ['shorter than its fields', [[3, Buffer.alloc(11)]]],
    [
      'with half an address',
      [[3, Buffer.concat([Buffer.alloc(12), Buffer.of(0, 5, 0, 16), Buffer.alloc(16)])]],
    ],
    ['with nine addresses', [ia(1, 9)]],
    ['named twice', [ia(1), ia(1)]],
    ['of nine', Array.from({ length: 9 }, (_, i) => ia(i))],
  ] as [string, [number, Buffer][]][])('%s is refused', (_what, options) => {
    expect(readAssociations(options)).toBeUndefined();
  });
});

describe('a DUID', () => {
  const address = macBytes('52:54:00:12:34:56');
  it.each([
    ['llt', { kind: 'llt', hardware: 1, time: 0x2b1f0c55, address }, '52:54:00:12:34:56'],
    ['en', { kind: 'en', enterprise: 9, identifier: Buffer.from('abc') }, undefined],
    ['ll', { kind: 'll', hardware: 1, address }, '52:54:00:12:34:56'],
    ['ll of InfiniBand', { kind: 'll', hardware: 32, address: Buffer.alloc(20, 7) }, undefined],
    ['uuid', { kind: 'uuid', uuid: Buffer.alloc(16, 9) }, undefined],
  ] as const)('%s comes back as it was', (_kind, duid, mac) => {
    const read = readDuid(writeDuid(duid));
    expect(read).toEqual(duid);
    expect(duidMac(read!)).toBe(mac);
  });
  it.each([
    '',
    '0001',
    '0001000100000001',
    '000200000009',
    '00030001',
    '0004aabb',
    `0003${'00'.repeat(129)}`,
  ])('%s is none', (hex) => {
    expect(readDuid(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
  it('of a kind to come is taken as it is', () => {
    expect(readDuid(Buffer.of(0, 9, 1))).toEqual({ kind: 'unknown', type: 9 });
  });
  it('has no MAC that is of a group or of nobody', () => {
    for (const mac of ['00:00:00:00:00:00', '33:33:00:00:00:01'])
      expect(duidMac(readDuid(duidOf(mac))!)).toBeUndefined();
  });
});

describe('options', () => {
  it('of strings come back, and none runs past the end', () => {
    const strings = ['iPXE', '', 'abc'].map((text) => Buffer.from(text));
    expect(readStrings(writeStrings(strings))).toEqual(strings);
    for (const hex of ['00', '0001', '000361']) expect(readStrings(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
  it('that are asked for are codes of two bytes; half a one is left out', () => {
    expect([...readCodes(Buffer.of(0, 59, 0, 23, 0))]).toEqual([59, 23]);
    expect([...readCodes(undefined)]).toEqual([]);
  });
  it('of domains are labels', () => {
    expect(writeDomains(['a.example', 'b.']).toString('latin1')).toBe('\x01a\x07example\0\x01b\0');
  });
  it('are as they were', () => {
    const options: [number, Buffer][] = [
      [1, Buffer.from('x')],
      [1, Buffer.alloc(0)],
    ];
    expect(readOptions6(writeOptions6(options))).toEqual(options);
  });
});
