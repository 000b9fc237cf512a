import { describe, expect, it } from 'vitest';
import { decode, encode, MESSAGE_TYPES } from '../../../pxe-server/dhcp/codec.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { captured } from './captured.ts';
import { message } from './packets.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** A message of the given options, behind an empty header. */
const withOptions = (options: string, areas: { file?: string; sname?: string } = {}) => {
  const bytes = Buffer.concat([Buffer.alloc(236), hex('63825363'), hex(options)]);
  bytes.set([1, 1, 6]);
  if (areas.sname) bytes.set(hex(areas.sname), 44);
  if (areas.file) bytes.set(hex(areas.file), 108);
  return bytes;
};
const decoded = (bytes: Buffer) => {
  const packet = decode(bytes);
  if ('malformed' in packet) throw new Error(packet.malformed);
  return packet;
};

describe('fields', () => {
  it('lie where RFC 2131 figure 1 has them', () => {
    const bytes = encode({
      op: 2,
      htype: 1,
      hops: 3,
      xid: 0xdeadbeef,
      secs: 0x0102,
      broadcast: true,
      ciaddr: 0xc0000201,
      yiaddr: 0xc0000202,
      siaddr: 0xc0000203,
      giaddr: 0xc0000204,
      chaddr: hex('525400123456'),
      sname: 'boot',
      file: 'a.efi',
      type: 'offer',
      options: new Map([[Option.serverIdentifier, hex('c0000203')]]),
    });
    expect(bytes.toString('hex', 0, 44)).toBe(
      '02010603 deadbeef 01028000 c0000201 c0000202 c0000203 c0000204 525400123456'
        .replaceAll(' ', '')
        .padEnd(88, '0'),
    );
    expect(bytes.toString('latin1', 44, 108)).toBe('boot'.padEnd(64, '\0'));
    expect(bytes.toString('latin1', 108, 236)).toBe('a.efi'.padEnd(128, '\0'));
    expect(bytes.toString('hex', 236)).toBe(
      '63825363 350102 3604c0000203 ff'.replaceAll(' ', '').padEnd(128, '0'),
    );
  });
  it.each(MESSAGE_TYPES)('a %s comes back as it went', (type) => {
    const packet = message(type, {
      ciaddr: '192.0.2.7',
      giaddr: '192.0.2.1',
      options: [
        [Option.hostName, Buffer.from('node')],
        [Option.domain, Buffer.alloc(0)],
        [Option.relayAgent, hex('0104deadbeef')],
      ],
      fields: { hops: 1, secs: 65535, xid: 0xffffffff, broadcast: true, sname: 's', file: 'f' },
    });
    expect(decode(encode(packet))).toEqual(packet);
  });
  it('names that fill their area end in NUL', () => {
    const bytes = encode(message('offer', { fields: { sname: 's'.repeat(64), file: 'f'.repeat(128) } }));
    expect(bytes.toString('latin1', 44, 108)).toBe(`${'s'.repeat(63)}\0`);
    expect(bytes.toString('latin1', 108, 236)).toBe(`${'f'.repeat(127)}\0`);
  });
  it('a name without NUL is read whole', () => {
    const bytes = withOptions('350101ff', { file: '66'.repeat(128), sname: '73'.repeat(64) });
    expect(decoded(bytes)).toMatchObject({ file: 'f'.repeat(128), sname: 's'.repeat(64) });
  });
});

describe('real messages', () => {
  const options = (bytes: Buffer) => [...decoded(bytes).options.keys()];
  it.each([
    ['ipxeRomDiscover', 'discover', [57, 93, 94, 60, 77, 55, 175, 61, 97]],
    ['ipxeRomRequest', 'request', [57, 93, 94, 60, 77, 55, 175, 61, 97, 54, 50]],
    ['ovmfPxeDiscover', 'discover', [57, 55, 97, 94, 93, 60]],
    ['ovmfPxeRequest', 'request', [54, 50, 57, 55, 97, 94, 93, 60]],
    ['ovmfHttpDiscover', 'discover', [57, 55, 97, 94, 93, 60]],
    ['ovmfHttpRequest', 'request', [54, 50, 57, 55, 97, 94, 93, 60]],
    ['udhcpcDiscover', 'discover', [57, 55, 60, 61]],
    ['udhcpcRequest', 'request', [50, 54, 57, 55, 60, 61]],
    ['dhclientDiscover', 'discover', [55]],
    ['dhclientRequest', 'request', [54, 50, 55]],
    ['networkdDiscover', 'discover', [61, 55, 57, 12]],
    ['networkdRequest', 'request', [61, 55, 57, 54, 50, 12]],
    ['networkManagerDiscover', 'discover', [61, 55, 57, 12]],
    ['networkManagerRequest', 'request', [61, 55, 57, 50, 54, 12]],
    ['dhclientRenewal', 'request', [55]],
    ['udhcpcRenewal', 'request', [57, 55, 60, 61]],
    ['networkdRenewal', 'request', [61, 55, 57, 12]],
    ['networkManagerRenewal', 'request', [61, 55, 57, 12]],
    ['dhcrelayDiscover', 'discover', [55, 82]],
    ['dhcrelayRequest', 'request', [54, 50, 55, 82]],
    ['dhcrelayRenewal', 'request', [55, 82]],
  ] as const)('%s', (name, type, codes) => {
    const packet = decoded(captured[name]);
    const [renews, relayed] = [name.endsWith('Renewal'), name.startsWith('dhcrelay')];
    expect(packet).toMatchObject({
      op: 1,
      htype: 1,
      hops: relayed ? 1 : 0,
      ciaddr: renews ? ipv4Number(relayed ? '192.0.2.100' : '198.51.100.100') : 0,
      giaddr: relayed ? ipv4Number('192.0.2.1') : 0,
      sname: '',
      file: '',
      type,
    });
    expect(packet.broadcast).toBe(name.startsWith('ovmf'));
    expect(options(captured[name])).toEqual(codes);
    expect(decode(encode(packet))).toEqual(packet);
  });
  it.each(Object.entries(captured))('%s cut at any length is refused, or says less', (_name, whole) => {
    const full = decoded(whole).options;
    const end = whole.lastIndexOf(0xff) + 1;
    for (let length = 0; length < whole.length; length++) {
      const packet = decode(whole.subarray(0, length));
      if ('malformed' in packet) {
        expect(length).toBeLessThan(end);
        continue;
      }
      if (length >= end) expect(packet.options).toEqual(full);
      expect(length).toBeGreaterThan(240);
      for (const [code, value] of packet.options) expect(full.get(code)).toEqual(value);
    }
  });
});

describe('options', () => {
  it('over 255 bytes are split, and joined again (RFC 3396)', () => {
    const value = Buffer.from(Array.from({ length: 600 }, (_, i) => i & 255));
    const bytes = encode(message('ack', { options: [[43, value]] }), 1472);
    const at = (from: number) => bytes.toString('hex', from, from + 2);
    expect([at(243), at(243 + 257), at(243 + 514)]).toEqual(['2bff', '2bff', '2b5a']);
    expect(decoded(bytes).options.get(43)).toEqual(value);
  });
  it.each([254, 255, 256, 510, 511])('%i bytes come back as they went', (length) => {
    const value = Buffer.alloc(length, 7);
    expect(decoded(encode(message('ack', { options: [[43, value]] }), 1472)).options.get(43)).toEqual(value);
  });
  it('parts are joined in the order options, file, sname (RFC 3396 section 5)', () => {
    const bytes = withOptions('350101 340103 2b0141 0c026e31 2b0142 ff', {
      file: '2b0143 ff 2b0199',
      sname: '00 2b0144 ff',
    });
    const packet = decoded(bytes);
    expect(packet.options.get(43)?.toString()).toBe('ABCD');
    expect(packet.options.get(12)?.toString()).toBe('n1');
    expect(packet).toMatchObject({ sname: '', file: '' });
    expect(packet.options.has(Option.overload)).toBe(false);
  });
  it.each([
    [1, { sname: '+\x01D', file: '' }, 'C'],
    [2, { sname: '', file: '+\x01C' }, 'D'],
    [3, { sname: '', file: '' }, 'CD'],
    [4, { sname: '+\x01D', file: '+\x01C' }, undefined],
  ])('overload %i', (overload, names, value) => {
    const areas = { file: '2b0143 00', sname: '2b0144 00' };
    const packet = decoded(withOptions(`350101 34010${overload} ff`, areas));
    expect(packet).toMatchObject(names);
    expect(packet.options.get(43)?.toString()).toBe(value);
  });
  it('relay information comes last, whatever the order and the room (RFC 3046 2.2)', () => {
    const relay = hex('0104deadbeef');
    const filler: [number, Buffer][] = [1, 2, 3, 4].map((n) => [n, Buffer.alloc(100, n)]);
    const bytes = encode(message('ack', { options: [[82, relay], ...filler], fields: FULL }));
    expect(bytes.length).toBeLessThanOrEqual(548);
    expect(bytes.toString('hex', bytes.length - 9)).toBe('5206 0104deadbeef ff'.replaceAll(' ', ''));
    expect([...decoded(bytes).options.keys()]).toEqual([1, 2, 82]);
  });
  it('relay information of the greatest length leaves room for the rest', () => {
    const bytes = encode(
      message('ack', {
        options: [
          [82, Buffer.alloc(255, 1)],
          [54, hex('c0000201')],
        ],
      }),
    );
    expect(bytes.length).toBeLessThanOrEqual(548);
    expect([...decoded(bytes).options.keys()]).toEqual([54, 82]);
  });
  it('relay information that one option cannot hold is not echoed at all', () => {
    const bytes = encode(
      message('ack', {
        options: [
          [82, Buffer.alloc(60_000)],
          [54, hex('c0000201')],
        ],
      }),
    );
    expect(bytes.length).toBe(300);
    expect([...decoded(bytes).options.keys()]).toEqual([54]);
  });
  it('65,507 bytes of tiny parts are joined in time that grows with their number', () => {
    const bytes = withOptions(`350101${'520107'.repeat(21_754)}ff`);
    const before = process.cpuUsage();
    for (let i = 0; i < 20; i++) expect(decoded(bytes).options.get(82)?.length).toBe(21_754);
    // About 30 ms; joining each part to those before took seconds.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });
});

/** No field of the header is free for options. */
const FULL = { file: 'f', sname: 's' };

describe('sizes', () => {
  it('at least 300 bytes, as relays and BOOTP clients want (RFC 1542 2.1)', () => {
    const bytes = encode(message('nak'));
    expect(bytes.length).toBe(300);
    expect(bytes.subarray(244).every((byte) => byte === 0)).toBe(true);
    expect(bytes[243]).toBe(255);
  });
  it.each([
    [undefined, 548],
    [-28, 548],
    [300, 548],
    [548, 548],
    [800, 800],
    [1472, 1472],
  ])('for a client that takes %s bytes never more than %i', (maximum, most) => {
    const many: [number, Buffer][] = Array.from({ length: 60 }, (_, i) => [100 + i, Buffer.alloc(30, i)]);
    const bytes = encode(message('ack', { options: many }), maximum);
    expect(bytes.length).toBeLessThanOrEqual(most);
    expect(bytes.length).toBeGreaterThan(most - 32);
    expect(decoded(bytes).type).toBe('ack');
  });
  it.each([
    [45, 548, [43, 12]],
    [46, 240 + 3 + 257 + 1, [43]],
  ])('to the byte: with a second option of %i bytes it is %i bytes', (second, length, codes) => {
    const options: [number, Buffer][] = [
      [43, Buffer.alloc(255)],
      [12, Buffer.alloc(second)],
    ];
    const bytes = encode(message('ack', { options, fields: FULL }));
    expect(bytes.length).toBe(length);
    expect([...decoded(bytes).options.keys()]).toEqual(codes);
  });
  it('an option that does not fit makes room for smaller ones behind it', () => {
    const options: [number, Buffer][] = [
      [66, Buffer.alloc(400)],
      [54, hex('c0000201')],
    ];
    expect([...decoded(encode(message('ack', { options }))).options.keys()]).toEqual([54]);
  });
});

describe('what is no DHCP message', () => {
  const valid = captured.udhcpcDiscover;
  const changed = (at: number, byte: number) => {
    const bytes = Buffer.from(valid);
    bytes[at] = byte;
    return bytes;
  };
  it.each([
    ['nothing', Buffer.alloc(0), 'only 0 bytes'],
    ['one byte', Buffer.of(1), 'only 1 bytes'],
    ['a header without cookie', valid.subarray(0, 239), 'only 239 bytes'],
    ['operation 0', changed(0, 0), 'operation 0'],
    ['operation 3', changed(0, 3), 'operation 3'],
    ['another cookie', changed(239, 0x64), 'no DHCP cookie'],
    ['an address of 17 bytes', changed(2, 17), 'hardware address of 17 bytes'],
    [
      'another hardware address of 17 bytes',
      Buffer.concat([Buffer.of(1, 32, 17), valid.subarray(3)]),
      'hardware address of 17 bytes',
    ],
    ['an Ethernet address of 8 bytes', changed(2, 8), 'hardware address of 8 bytes'],
    ['BOOTP', withOptions('ff'), 'no message type (plain BOOTP)'],
    ['message type 0', withOptions('350100ff'), 'unknown message type'],
    ['message type 9', withOptions('350109ff'), 'unknown message type'],
    ['two message types', withOptions('350101350103ff'), 'unknown message type'],
    ['an empty message type', withOptions('3500ff'), 'unknown message type'],
    ['a value past the end', withOptions('350101 3d07 0152'), 'an option runs past the end'],
    ['a number without length', withOptions('350101 3d'), 'an option runs past the end'],
    [
      'overload past the file field',
      withOptions('350101 340101 ff', { file: 'fe'.repeat(128) }),
      'an option runs past the file field',
    ],
    [
      'overload past the sname field',
      withOptions('350101 340102 ff', { sname: `${'00'.repeat(63)}2b` }),
      'an option runs past the sname field',
    ],
  ])('%s', (_name, bytes, malformed) => {
    expect(decode(bytes)).toEqual({ malformed });
  });
  it('the other flags are reserved, and mean nothing (RFC 2131 figure 2)', () => {
    expect(decoded(changed(10, 0x7f)).broadcast).toBe(false);
    expect(decoded(changed(10, 0x80)).broadcast).toBe(true);
  });
  it('a missing end mark and an empty overload are forgiven', () => {
    expect(decoded(withOptions('350101 3400')).type).toBe('discover');
  });
});
