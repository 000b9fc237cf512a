import { describe, expect, it } from 'vitest';
import { type Client6, classify6 } from '../../../pxe-server/dhcp6/classify.ts';
import type { Relay6 } from '../../../pxe-server/dhcp6/codec.ts';
import { writeDuid } from '../../../pxe-server/dhcp6/duid.ts';
import { Option6, type OptionList } from '../../../pxe-server/dhcp6/options.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { duidOf, FIRMWARE, linkLocal, macBytes, message6, relayed } from './packets.ts';

interface Seen {
  options?: OptionList;
  duid?: Buffer;
  source?: bigint;
  relays?: Relay6[];
}

function client({
  options = [],
  duid = duidOf(),
  source = linkLocal(),
  relays = [],
}: Seen): Client6 | undefined {
  return classify6(
    { direction: 'to-server', relays, message: message6('solicit', { duid, options }) },
    source,
  );
}

const UUID = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
const uuid = writeDuid({ kind: 'uuid', uuid: UUID });
const PRIVATE = ipv6Number('fe80::1c3a:8811:92ab:77fe');

describe('the machine', () => {
  const told = (mac: string, type = 1): OptionList => [
    [Option6.clientLinkLayer, Buffer.concat([Buffer.of(0, type), macBytes(mac)])],
  ];
  it.each<[string, Seen, string | undefined]>([
    ['its link-local address', { duid: uuid, source: linkLocal('52:54:00:00:00:07') }, '52:54:00:00:00:07'],
    ['that rather than its DUID', { source: linkLocal('52:54:00:00:00:07') }, '52:54:00:00:00:07'],
    ['its DUID', { source: PRIVATE }, '52:54:00:12:34:56'],
    [
      'its link-local address as the relay saw it',
      {
        duid: uuid,
        source: ipv6Number('fd00::1'),
        relays: [relayed('fd00::1', { peer: linkLocal('52:54:00:00:00:07') })],
      },
      '52:54:00:00:00:07',
    ],
    [
      'what the relay says',
      { relays: [relayed('fd00::1', { options: told('52:54:00:00:00:08') })] },
      '52:54:00:00:00:08',
    ],
    [
      'not what a relay further away says',
      { relays: [relayed('::', { options: told('52:54:00:00:00:08') }), relayed('fd00::1')] },
      '52:54:00:12:34:56',
    ],
    [
      'not other hardware',
      { relays: [relayed('fd00::1', { options: told('52:54:00:00:00:08', 32) })] },
      '52:54:00:12:34:56',
    ],
    ['nothing', { duid: uuid, source: PRIVATE }, undefined],
    [
      'no address that is none of a link',
      { duid: uuid, source: ipv6Number('fd00::5054:ff:fe12:3456') },
      undefined,
    ],
  ])('is known by %s', (_what, seen, mac) => {
    expect(client(seen)).toMatchObject({ mac });
    expect(client(seen)!.boot.mac).toBe(mac);
  });
  it('has its UUID as dmidecode shows it, in whichever order it is sent', () => {
    expect(client({ duid: uuid })!.boot.uuid).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect(client({ duid: uuid, options: FIRMWARE.ipxe })!.boot.uuid).toBe(
      '33221100-5544-7766-8899-aabbccddeeff',
    );
    expect(client({ duid: writeDuid({ kind: 'uuid', uuid: Buffer.alloc(16) }) })!.boot.uuid).toBeUndefined();
  });
  it('is nobody without a usable DUID', () => {
    expect(client({ duid: Buffer.of(0, 4) })).toBeUndefined();
  });
});

describe('the firmware', () => {
  const none = { arch: 'other', archNumber: -1, isPxe: false, isHttpBoot: false, isIpxe: false };
  it.each<[string, OptionList, object]>([
    ['pxe', FIRMWARE.pxe, { ...none, arch: 'uefi-x64', archNumber: 7, isPxe: true }],
    ['http', FIRMWARE.http, { ...none, arch: 'uefi-http-x64', archNumber: 16, isHttpBoot: true }],
    ['ipxe', FIRMWARE.ipxe, { ...none, arch: 'uefi-x64', archNumber: 7, isPxe: true, isIpxe: true }],
    [
      'its vendor class alone',
      FIRMWARE.pxe.slice(3),
      { ...none, arch: 'uefi-x64', archNumber: 7, isPxe: true },
    ],
    ['a system', [], none],
    ['half a vendor class', [[Option6.vendorClass, Buffer.of(0, 0, 1)]], none],
    ['an architecture of one byte', [[Option6.clientArchitecture, Buffer.of(7)]], none],
    ['user classes that run past the end', [[Option6.userClass, Buffer.of(0, 9, 0x69)]], none],
  ])('%s', (_what, options, boot) => {
    expect(client({ options })!.boot).toMatchObject(boot);
  });
  it('tells whose class it has', () => {
    expect([client({ options: FIRMWARE.http })!.enterprise, client({})!.enterprise]).toEqual([
      343,
      undefined,
    ]);
  });
});
