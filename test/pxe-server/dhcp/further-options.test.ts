import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import { classlessRoutes, domainSearch, isDomainName } from '../../../pxe-server/dhcp/further-options.ts';
import type { Options } from '../../../pxe-server/dhcp/options.ts';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { subnetStates } from '../../../pxe-server/dhcp/subnets.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { message } from './packets.ts';

describe('classless routes (the examples of RFC 3442)', () => {
  it.each([
    ['0.0.0.0/0', '00'],
    ['10.0.0.0/8', '080a'],
    ['10.0.0.0/24', '180a0000'],
    ['10.17.0.0/16', '100a11'],
    ['10.27.129.0/24', '180a1b81'],
    ['10.229.0.128/25', '190a' + 'e50080'],
    ['10.198.122.47/32', '200ac67a2f'],
    ['10.64.0.0/10', '0a0a40'],
  ])('%s', (to, descriptor) => {
    expect(classlessRoutes([{ to, via: '192.0.2.1' }], undefined).toString('hex')).toBe(
      `${descriptor}c0000201`,
    );
  });
  const route = { to: '10.0.0.0/8', via: '192.0.2.9' };
  const router = ipv4Number('192.0.2.1');
  it('the default route goes along, since clients ignore option 3', () => {
    expect(classlessRoutes([route], router).toString('hex')).toBe('080ac0000209' + '00c0000201');
  });
  it('unless the routes have their own', () => {
    const own = { to: '0.0.0.0/0', via: '192.0.2.2' };
    expect(classlessRoutes([own], router).toString('hex')).toBe('00c0000202');
  });
});

describe('search domains (RFC 3397)', () => {
  it('are names as in DNS', () => {
    expect(domainSearch(['eng.example', 'example']).toString('latin1')).toBe(
      '\x03eng\x07example\0\x07example\0',
    );
  });
  it.each([
    ['example', true],
    ['a.b-c.example', true],
    ['_tcp.example', true],
    ['', false],
    ['example.', false],
    ['a..b', false],
    ['-a.example', false],
    [`${'a'.repeat(64)}.example`, false],
    [Array.from({ length: 5 }, () => 'a'.repeat(60)).join('.'), false],
    ['exämple', false],
  ])('%j: %s', (text, good) => expect(isDomainName(text)).toBe(good));
});

const given = (change: object) =>
  Subnet.safeParse({ cidr: '192.0.2.0/24', ranges: [], router: '192.0.2.1', ...change });

describe('a subnet with further options', () => {
  it('tells them, the known ones first', () => {
    const subnet = given({
      options: [
        { code: 150, hex: 'C0000205' },
        { code: 114, text: 'https://portal.example/' },
      ],
      mtu: 9000,
      search: ['lab.example'],
      routes: [{ to: '10.0.0.0/8', via: '192.0.2.9' }],
    });
    const [state] = subnetStates([subnet.data!], []);
    expect(state!.facts.further.map(([code, value]) => `${code}=${value.toString('hex')}`)).toEqual([
      '121=080ac000020900c0000201',
      `119=${Buffer.from('\x03lab\x07example\0').toString('hex')}`,
      '26=2328',
      '150=c0000205',
      `114=${Buffer.from('https://portal.example/').toString('hex')}`,
    ]);
  });
  it.each([
    ['an end of the list', { options: [{ code: 255, hex: '' }] }, /<=254/],
    [
      'a key of its own',
      { options: [{ code: 3, hex: 'c0000201' }] },
      /option 3 has a key of its own: router/,
    ],
    ['the protocol', { options: [{ code: 53, hex: '05' }] }, /option 53 belongs to the protocol/],
    ['relay information', { options: [{ code: 82, hex: '' }] }, /option 82 belongs to the protocol/],
    ['the boot answer', { options: [{ code: 67, text: 'x' }] }, /option 67 belongs to the boot answer/],
    ['a client', { options: [{ code: 93, hex: '0007' }] }, /option 93 is sent by clients/],
    ['half a byte', { options: [{ code: 150, hex: 'c00' }] }, /pairs of hexadecimal digits/],
    ['both', { options: [{ code: 150, hex: '', text: 'x' }] }, /either hex or text/],
    ['neither', { options: [{ code: 150 }] }, /either hex or text/],
    ['text that is none', { options: [{ code: 150, text: 'ä' }] }, /plain ASCII/],
    ['twice', { options: [150, 150].map((code) => ({ code, hex: '00' })) }, /option 150 is given twice/],
    ['a route with host bits', { routes: [{ to: '10.0.0.1/8', via: '192.0.2.1' }] }, /host bits/],
    ['a search domain', { search: ['a b'] }, /domain name/],
    ['a packet that no host can take', { mtu: 575 }, /576/],
  ])('refused: %s', (_name, change, told) => {
    expect(given(change).error?.message).toMatch(told);
  });
});

describe('options that do not fit (option 52)', () => {
  const value = (length: number, fill: number) => Buffer.alloc(length, fill);
  const answer = (options: Options, fields: object = {}) => {
    const bytes = encode({ ...message('ack', { fields: { op: 2, ...fields } }), options });
    const read = decode(bytes);
    if ('malformed' in read) throw new Error(read.malformed);
    return { bytes, read };
  };
  const large: Options = new Map([
    [1, value(4, 1)],
    [200, value(250, 2)],
    [201, value(100, 3)],
    [202, value(60, 4)],
  ]);
  it('lie in the empty fields of the header, and are read there', () => {
    const { bytes, read } = answer(large);
    expect(bytes.length).toBeLessThanOrEqual(548);
    expect(bytes.subarray(243, 246)).toEqual(Buffer.of(52, 1, 3));
    expect([...read.options].sort(([a], [b]) => a - b)).toEqual([...large]);
    expect(read.file).toBe('');
  });
  it('in the one that is left, when the name of a boot file is in the other', () => {
    const { bytes, read } = answer(large, { file: 'snponly.efi' });
    expect(bytes.subarray(243, 246)).toEqual(Buffer.of(52, 1, 2));
    expect(read.file).toBe('snponly.efi');
    expect([...read.options.keys()]).toEqual([1, 200, 202]);
  });
  it('one field is enough for what is short', () => {
    const { bytes, read } = answer(new Map([...large].filter(([code]) => code !== 202)));
    expect(bytes.subarray(243, 246)).toEqual(Buffer.of(52, 1, 1));
    expect([...read.options.keys()]).toEqual([1, 200, 201]);
  });
  it('relay information stays the last of the options, whole', () => {
    const { bytes, read } = answer(new Map([...large, [82, value(20, 9)] as const]));
    expect(read.options.get(82)).toEqual(value(20, 9));
    expect(bytes.subarray(-23, -21)).toEqual(Buffer.of(82, 20));
  });
  it('are left alone while they fit', () => {
    const { bytes } = answer(new Map([[200, value(250, 2)]]));
    expect(bytes.subarray(44, 236).every((byte) => byte === 0)).toBe(true);
    expect(bytes[243]).toBe(200);
  });
  it('what fits nowhere is left out', () => {
    const { read } = answer(
      new Map([
        [1, value(4, 1)],
        [200, value(400, 2)],
      ]),
    );
    expect([...read.options.keys()]).toEqual([1]);
  });
});
