import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BootAnswer, classify } from '../../../pxe-server/dhcp/classify.ts';
import { type DhcpPacket, decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { QUIRKS, STANDING, withQuirks } from '../../../pxe-server/dhcp/quirks.ts';
import { destination, grant } from '../../../pxe-server/dhcp/reply.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { captured } from './captured.ts';
import { message } from './packets.ts';

/** A capture, with options replaced or taken out; one that was changed is built, not captured. */
function packet(name: keyof typeof captured, change: Record<number, Buffer | null> = {}, mac?: string) {
  const read = decode(captured[name]);
  if ('malformed' in read) throw new Error(read.malformed);
  const options = new Map(read.options);
  for (const [code, value] of Object.entries(change)) {
    if (value) options.set(Number(code), value);
    else options.delete(Number(code));
  }
  const chaddr = mac === undefined ? read.chaddr : Buffer.from(mac.replaceAll(':', ''), 'hex');
  return { ...read, chaddr, options };
}

const text = (value: string) => Buffer.from(value, 'latin1');
/** iPXE's option 175 with features, each of value 1, behind a version as real ones have it. */
const ipxe = (...features: number[]) =>
  Buffer.from([0xeb, 3, 1, 0, 0, ...features.flatMap((feature) => [feature, 1, 1])]);
const seen = (from: DhcpPacket) => withQuirks(classify(from), from);

/** Built as raspberrypi/firmware#871 and #1928 print theirs: architecture 0, UNDI 2.1, a PC's vendor class. */
const raspberry = message('discover', {
  mac: 'b8:27:eb:0f:69:01',
  options: [
    [Option.parameterList, Buffer.from([43, 60, 67, 128, 129, 130, 131, 132, 133, 134, 135, 66, 1, 3])],
    [Option.clientArchitecture, Buffer.from([0, 0])],
    [Option.clientInterface, Buffer.from([1, 2, 1])],
    [Option.clientUuid, Buffer.alloc(17, 0x44).fill(0, 0, 1)],
    [Option.vendorClass, text('PXEClient:Arch:00000:UNDI:002001')],
  ],
});
/** VirtualBox without its extension pack is an iPXE with TFTP and little else (built: captures show the full ROM). */
const virtualBox = packet('ipxeRomDiscover', { 175: ipxe(0x15, 0x21) }, '08:00:27:00:00:01');
/** Built from the capture of HTTP Boot: the class as it was, option 93 as other firmware fills it. */
const httpAs = (...arch: number[]) => packet('ovmfHttpDiscover', { 93: Buffer.from(arch) });

describe('what fires', () => {
  it.each<[what: string, from: DhcpPacket, name: string, taken: object]>([
    ['a Raspberry Pi', raspberry, 'raspberry-pi-says-bios', { arch: 'other', isPxe: true }],
    ['a small iPXE', virtualBox, 'ipxe-without-http-or-linux', { arch: 'bios', isIpxe: false }],
    [
      'an iPXE with HTTP that starts no kernel',
      packet('ipxeRomDiscover', { 175: ipxe(0x13, 0x15) }),
      'ipxe-without-http-or-linux',
      { isIpxe: false },
    ],
    ['HTTP Boot as BIOS', httpAs(0, 0), 'http-boot-with-another-architecture', { arch: 'uefi-http-x64' }],
    ['HTTP Boot as PXE', httpAs(0, 7), 'http-boot-with-another-architecture', { arch: 'uefi-http-x64' }],
    [
      'HTTP Boot that names none',
      packet('ovmfHttpDiscover', { 93: null, 60: text('HTTPClient') }),
      'http-boot-with-another-architecture',
      { arch: 'uefi-http-x64' },
    ],
  ])('%s', (_what, from, name, taken) => {
    const { quirk, request } = seen(from);
    expect(quirk?.name).toBe(name);
    expect(request).toMatchObject({ ...taken, quirk: name });
  });
  it('each of the table is tried above', () => {
    const tried = [raspberry, httpAs(0, 0), virtualBox].map((from) => seen(from).quirk);
    expect(tried).toEqual(QUIRKS);
  });
});

describe('what does not', () => {
  it.each(Object.keys(captured) as (keyof typeof captured)[])('%s, as captured', (name) => {
    const from = packet(name);
    expect(seen(from)).toEqual({ request: classify(from) });
  });
  it.each<[what: string, from: DhcpPacket]>([
    ['a PC that names the same architecture', packet('ipxeRomDiscover', { 175: null, 77: null })],
    ['a Raspberry Pi that runs an iPXE', { ...packet('ipxeRomDiscover', {}, 'dc:a6:32:00:00:01') }],
    ['a Raspberry Pi whose system asks', packet('dhclientDiscover', {}, 'b8:27:eb:00:00:01')],
    ['an iPXE on UEFI', packet('ovmfPxeDiscover', { 77: text('iPXE'), 175: ipxe(0x13, 0x24) })],
    ['an iPXE that lists no features', packet('ipxeRomDiscover', { 175: null })],
    ['HTTP Boot on ARM', httpAs(0, 19)],
    ['HTTP Boot of 32 bits', httpAs(0, 15)],
  ])('%s', (_what, from) => {
    expect(seen(from).quirk).toBeUndefined();
  });
  it('cut and broken lists of features end nothing', () => {
    for (let length = 0; length < 12; length++)
      for (const fill of [0x13, 0x24, 0xff, 0])
        expect(() => seen(packet('ipxeRomDiscover', { 175: Buffer.alloc(length, fill) }))).not.toThrow();
  });
});

describe('what every answer does', () => {
  const file: BootAnswer = { kind: 'file', nextServer: '198.51.100.1', bootFile: 'snponly.efi' };
  const facts = {
    ...{ mask: 0xffffff00, router: undefined, dns: [], domain: undefined, ntp: [], leaseSeconds: 60 },
    further: [[150, Buffer.alloc(250)] as [number, Buffer], [151, Buffer.alloc(250)] as [number, Buffer]],
  };
  const offerTo = (from: DhcpPacket) =>
    grant('offer', ipv4Number('198.51.100.9'), {
      packet: from,
      request: seen(from).request,
      serverAddress: ipv4Number('198.51.100.1'),
      subnet: facts,
      boot: file,
    });
  const uefi = offerTo(packet('ovmfPxeDiscover'));
  const option = (code: number) => uefi.options.get(code)?.toString('latin1');
  const checks: Record<string, () => void> = {
    'asks-4011-though-complete': () => expect(option(43)).toBe('\x06\x01\x08\xff'),
    'ignores-a-split-offer': () => {
      expect(uefi).toMatchObject({ yiaddr: ipv4Number('198.51.100.9'), siaddr: ipv4Number('198.51.100.1') });
      expect([option(60), option(66), option(54)]).toEqual(['PXEClient', '198.51.100.1', '\xc6\x33\x64\x01']);
    },
    'reads-one-of-two-names': () => expect([uefi.file, option(67)]).toEqual(['snponly.efi', 'snponly.efi']),
    'reads-the-name-to-a-nul': () => {
      const bytes = encode(uefi, 1400);
      const at = bytes.indexOf(Buffer.concat([Buffer.of(67, 11), text('snponly.efi')]));
      expect(bytes.toString('latin1', at + 2, at + 14)).toBe('snponly.efi\0');
    },
    'byte-code-means-x64': () =>
      expect(
        [7, 9].map((n) => seen(packet('ovmfPxeDiscover', { 93: Buffer.of(0, n) })).request?.arch),
      ).toEqual(['uefi-x64', 'uefi-x64']),
    'sends-no-uuid': () => {
      const reply = offerTo(packet('ovmfPxeDiscover', { 97: null }));
      expect([reply.file, reply.options.has(97)]).toEqual(['snponly.efi', false]);
    },
    'drops-short-answers': () => expect(encode(message('nak')).length).toBe(300),
    'takes-576-bytes': () => expect(encode(uefi).length).toBeLessThanOrEqual(548),
    'hears-no-unicast': () =>
      expect(destination({ ...uefi, broadcast: false }, () => true)).toEqual({
        address: 0xffffffff,
        port: 68,
      }),
  };
  it.each(STANDING)('$name', ({ name }) => {
    expect(checks[name]).toBeDefined();
    checks[name]!();
  });
});

it('each says why and where it was read of, in a line', () => {
  const all = [...QUIRKS, ...STANDING];
  for (const { name, why, source } of all) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(why).toMatch(/^[^\n]{20,140}$/);
    expect(source).toMatch(/#\d+|RFC \d+|UEFI|TESTING/);
  }
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

it('each is in the documentation as it is in the table', () => {
  const told = readFileSync(join(import.meta.dirname, '../../../docs/service.md'), 'utf8').replace(
    / +/g,
    ' ',
  );
  for (const { name, why, source } of [...QUIRKS, ...STANDING])
    expect(told).toContain(`| ${name} | ${why} | ${source} |`);
});
