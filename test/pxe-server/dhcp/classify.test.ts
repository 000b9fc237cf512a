import { describe, expect, it } from 'vitest';
import { classify } from '../../../pxe-server/dhcp/classify.ts';
import { decode } from '../../../pxe-server/dhcp/codec.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { captured } from './captured.ts';
import { type MessageParts, message } from './packets.ts';

const asked = (parts: MessageParts) => classify(message('discover', parts));
const text = (code: number, value: string): [number, Buffer] => [code, Buffer.from(value, 'latin1')];
const bytes = (code: number, hex: string): [number, Buffer] => [code, Buffer.from(hex, 'hex')];

describe('real clients', () => {
  const of = (name: keyof typeof captured) => {
    const packet = decode(captured[name]);
    if ('malformed' in packet) throw new Error(packet.malformed);
    return classify(packet);
  };
  const uuid = '00112233-4455-6677-8899-aabbccddeeff';
  const neither = { isPxe: false, isHttpBoot: false, isIpxe: false };
  it('SeaBIOS with an iPXE ROM', () => {
    expect(of('ipxeRomDiscover')).toEqual({
      mac: '52:54:00:12:34:56',
      xid: 0xd5b4fb3a,
      messageType: 'discover',
      clientId: '01525400123456',
      uuid,
      arch: 'bios',
      archNumber: 0,
      vendorClass: 'PXEClient:Arch:00000:UNDI:002001',
      isPxe: true,
      isHttpBoot: false,
      isIpxe: true,
    });
  });
  it('OVMF, PXE', () => {
    expect(of('ovmfPxeRequest')).toEqual({
      mac: '52:54:00:12:34:57',
      xid: 0x0c621a71,
      messageType: 'request',
      uuid,
      arch: 'uefi-x64',
      archNumber: 7,
      vendorClass: 'PXEClient:Arch:00007:UNDI:003000',
      isPxe: true,
      isHttpBoot: false,
      isIpxe: false,
    });
  });
  it('OVMF, HTTP Boot', () => {
    expect(of('ovmfHttpDiscover')).toEqual({
      mac: '52:54:00:12:34:58',
      xid: 0x4722eb83,
      messageType: 'discover',
      uuid,
      arch: 'uefi-http-x64',
      archNumber: 16,
      vendorClass: 'HTTPClient:Arch:00016:UNDI:003000',
      isPxe: false,
      isHttpBoot: true,
      isIpxe: false,
    });
  });
  it('systems that do not boot from the network', () => {
    const system = { arch: 'other', archNumber: -1, ...neither };
    expect(of('udhcpcDiscover')).toMatchObject({ ...system, vendorClass: 'udhcp 1.35.0' });
    expect(of('dhclientDiscover')).toEqual({
      mac: '52:54:00:12:34:60',
      xid: 0xdd8dd64f,
      messageType: 'discover',
      ...system,
    });
  });
});

describe('architecture', () => {
  it.each([
    [0, 'bios'],
    [1, 'other'],
    [6, 'other'],
    [7, 'uefi-x64'],
    [8, 'other'],
    [9, 'uefi-x64'],
    [10, 'other'],
    [11, 'uefi-arm64'],
    [15, 'other'],
    [16, 'uefi-http-x64'],
    [17, 'other'],
    [19, 'uefi-http-arm64'],
    [65535, 'other'],
  ])('option 93 of %i is %s', (number, arch) => {
    const value = Buffer.alloc(2);
    value.writeUInt16BE(number);
    expect(asked({ options: [[Option.clientArchitecture, value]] })).toMatchObject({
      arch,
      archNumber: number,
    });
  });
  it.each([
    ['the first of a list', [bytes(93, '00070000')], 7],
    ['option 93 before the class', [bytes(93, '0010'), text(60, 'PXEClient:Arch:00000:UNDI:002001')], 16],
    ['the class alone', [text(60, 'PXEClient:Arch:00009:UNDI:003016')], 9],
    ['the class of HTTP Boot alone', [text(60, 'HTTPClient:Arch:00016')], 16],
    ['the class when option 93 is too short', [bytes(93, '07'), text(60, 'PXEClient:Arch:00007')], 7],
    ['a class with too few digits', [text(60, 'PXEClient:Arch:7')], -1],
    ['a class of something else', [text(60, 'XPXEClient:Arch:00007')], -1],
    ['neither', [], -1],
  ])('from %s', (_name, options, archNumber) => {
    expect(asked({ options: options as [number, Buffer][] })).toMatchObject({ archNumber });
  });
});

describe('vendor class', () => {
  it.each([
    ['PXEClient', { isPxe: true, isHttpBoot: false, vendorClass: 'PXEClient' }],
    ['PXEClient:Arch:00000:UNDI:002001\0', { isPxe: true, vendorClass: 'PXEClient:Arch:00000:UNDI:002001' }],
    ['HTTPClient:Arch:00016:UNDI:003001', { isPxe: false, isHttpBoot: true }],
    ['pxeclient', { isPxe: false, isHttpBoot: false }],
    ['MSFT 5.0', { isPxe: false, isHttpBoot: false, vendorClass: 'MSFT 5.0' }],
  ])('%j', (value, expected) => {
    expect(asked({ options: [text(60, value)] })).toMatchObject(expected);
  });
  it.each(['', '\0\0', 'PXE\nClient', '\xff\xfe', 'a'.repeat(256)])('%j is none', (value) => {
    expect(asked({ options: [text(60, value)] })).not.toHaveProperty('vendorClass');
  });
});

describe('iPXE', () => {
  it.each([
    ['the bare user class', [text(77, 'iPXE')], true],
    ['the user class with its length (RFC 3004)', [text(77, '\x04iPXE')], true],
    ["iPXE's own option", [bytes(175, 'b10501')], true],
    ['its option, empty', [bytes(175, '')], true],
    ['another user class', [text(77, 'gPXE')], false],
    ['a class that begins alike', [text(77, 'iPXE2')], false],
    ['a wrong length', [text(77, '\x05iPXE')], false],
    ['an empty user class', [text(77, '')], false],
  ])('%s', (_name, options, isIpxe) => {
    expect(asked({ options: options as [number, Buffer][] })).toMatchObject({ isIpxe });
  });
});

describe('UUID', () => {
  it('is shown as dmidecode shows it: the first three fields are little-endian on the wire', () => {
    const option = bytes(97, '0033221100554477668899aabbccddeeff');
    expect(asked({ options: [option] })).toMatchObject({ uuid: '00112233-4455-6677-8899-aabbccddeeff' });
  });
  it.each([
    ['another type', '0133221100554477668899aabbccddeeff'],
    ['too short', '0033221100554477668899aabbccddee'],
    ['too long', '0033221100554477668899aabbccddeeff00'],
    ['never set by the maker', '0000000000000000000000000000000000'],
    ['erased', '00ffffffffffffffffffffffffffffffff'],
    ['empty', ''],
  ])('%s is none', (_name, hex) => {
    expect(asked({ options: [bytes(97, hex)] })).not.toHaveProperty('uuid');
  });
});

describe('hardware address and relay', () => {
  it.each([
    ['zero', '00:00:00:00:00:00'],
    ['a group address', '01:00:5e:00:00:01'],
    ['broadcast', 'ff:ff:ff:ff:ff:ff'],
  ])('%s is no machine', (_name, mac) => {
    expect(asked({ mac })).toBeUndefined();
  });
  it('InfiniBand sends none (RFC 4390)', () => {
    expect(asked({ fields: { htype: 32, chaddr: Buffer.alloc(0) } })).toBeUndefined();
  });
  it('addresses given by the administrator are as good', () => {
    expect(asked({ mac: '02:00:00:00:00:0A' })).toMatchObject({ mac: '02:00:00:00:00:0a' });
  });
  it('names the relay', () => {
    expect(asked({ giaddr: '198.51.100.1' })).toMatchObject({ relay: '198.51.100.1' });
    expect(asked({})).not.toHaveProperty('relay');
  });
});
