import { describe, expect, it } from 'vitest';
import { encodeAdvertisement, readDiscovery } from '../../../pxe-server/dhcp6/advertisement.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { seeded } from '../../shared/random.ts';
import { macBytes } from './packets.ts';

const mac = macBytes('52:54:00:12:34:56');
const network = ipv6Number('fd00::');
const nothing = encodeAdvertisement({ kind: 'nothing' }, mac);

describe('a router advertisement', () => {
  it('that there are no addresses has no router, no flags and no prefix', () => {
    expect(nothing.toString('hex')).toBe(`86000000${'00000000'}${'00'.repeat(8)}${'0101525400123456'}`);
  });
  it.each([
    [false, '80'],
    [true, 'c0'],
  ])('that there are addresses sends to DHCPv6; autonomous: %s', (autonomous, flags) => {
    const bytes = encodeAdvertisement({ kind: 'addresses', network, prefix: 64, autonomous }, mac);
    expect(bytes.toString('hex')).toBe(
      `8600000000c00000${'00'.repeat(8)}0101525400123456` +
        `030440${flags}00278d0000093a8000000000fd00${'00'.repeat(14)}`,
    );
  });
});

describe('what is heard of router discovery', () => {
  const solicitation = Buffer.from('8500000000000000', 'hex');
  const withAddress = Buffer.concat([solicitation, Buffer.from('0101525400000001', 'hex')]);
  const router = Buffer.from(nothing);
  router.writeUInt16BE(1800, 6);
  it.each<[string, Buffer, number, boolean, ReturnType<typeof readDiscovery>]>([
    ['a solicitation', solicitation, 255, false, { kind: 'solicitation' }],
    ['one of nobody', solicitation, 255, true, { kind: 'solicitation' }],
    ['one with its address', withAddress, 255, false, { kind: 'solicitation' }],
    ['one of nobody with an address', withAddress, 255, true, undefined],
    ['one that was routed', solicitation, 254, false, undefined],
    ['one of unknown way', solicitation, -1, false, undefined],
    ['one with a code', Buffer.from('8501000000000000', 'hex'), 255, false, undefined],
    ['half a one', solicitation.subarray(0, 7), 255, false, undefined],
    ['an option of no length', Buffer.from('85000000000000000100', 'hex'), 255, false, undefined],
    ['an option that runs past the end', withAddress.subarray(0, 12), 255, false, undefined],
    ['half an option header', withAddress.subarray(0, 9), 255, false, undefined],
    ['a router', router, 255, false, { kind: 'router', lifetime: 1800 }],
    ['a router of 15 bytes', router.subarray(0, 15), 255, false, undefined],
    ['a neighbour solicitation', Buffer.from('8700000000000000', 'hex'), 255, false, undefined],
  ])('%s', (_what, bytes, hopLimit, fromNobody, heard) => {
    expect(readDiscovery(bytes, hopLimit, fromNobody)).toEqual(heard);
  });
  it('may be anything', () => {
    const random = seeded(4861);
    let taken = 0;
    for (let i = 0; i < 100_000; i++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)),
      );
      if (bytes.length > 1 && i % 2) {
        bytes[0] = 133 + (i % 4 === 1 ? 1 : 0);
        bytes[1] = 0;
      }
      if (readDiscovery(bytes, 255, i % 3 === 0)) taken += 1;
    }
    expect(taken).toBeGreaterThan(100);
  });
});
