import { describe, expect, it } from 'vitest';
import {
  eui64Mac,
  inNetwork6,
  ipv6Bytes,
  ipv6FromBytes,
  ipv6Number,
  ipv6Text,
  isLinkLocal,
  isMulticast,
  parseCidr6,
  parseIpv6,
  urlHost,
} from '../../../pxe-server/net/ipv6.ts';

describe('an IPv6 address', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80:0:0:0:5054:ff:fe12:3456', 'fe80::5054:ff:fe12:3456'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['ff02::1:2', 'ff02::1:2'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is written %s (RFC 5952)', (text, canonical) => {
    const number = parseIpv6(text)!;
    expect(ipv6Text(number)).toBe(canonical);
    expect(parseIpv6(canonical)).toBe(number);
    expect(ipv6FromBytes(ipv6Bytes(number))).toBe(number);
  });
  it.each([
    ...['', ':', ':::', '1', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '12345::', 'g::', '::1%eth0'],
    ...['1:2:3:4:5:6:7:8::', '192.0.2.1', '::256.0.0.1', '::1.2.3', ' ::1'],
  ])('%j is none', (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });
  it('is told apart by its scope', () => {
    expect(['fe80::1', 'febf::1', 'fec0::1', 'fd00::1'].map((text) => isLinkLocal(ipv6Number(text)))).toEqual(
      [...[true, true, false, false]],
    );
    expect(['ff02::1', 'fe80::1'].map((text) => isMulticast(ipv6Number(text)))).toEqual([true, false]);
  });
  it('shows the MAC that it was made of, and no other', () => {
    expect(eui64Mac(ipv6Number('fe80::5054:ff:fe12:3456'))).toBe('52:54:00:12:34:56');
    expect(eui64Mac(ipv6Number('fe80::1c3a:8811:92ab:77fe'))).toBeUndefined();
    // A group bit, which no card has.
    expect(eui64Mac(ipv6Number('fe80::5354:ff:fe12:3456'))).toBeUndefined();
  });
  it('stands in brackets in a URL', () => {
    expect([urlHost('fd00::1'), urlHost('192.0.2.1')]).toEqual(['[fd00::1]', '192.0.2.1']);
  });
});

describe('a network', () => {
  it('has its bounds', () => {
    const network = parseCidr6('2001:db8:0:7::/64')!;
    expect([network.first, network.last].map(ipv6Text)).toEqual([
      ...['2001:db8:0:7::', '2001:db8:0:7:ffff:ffff:ffff:ffff'],
    ]);
    expect(inNetwork6(network, ipv6Number('2001:db8:0:7::1'))).toBe(true);
    expect(inNetwork6(network, ipv6Number('2001:db8:0:8::'))).toBe(false);
    expect(parseCidr6('fd00::5/128')).toMatchObject({
      first: ipv6Number('fd00::5'),
      last: ipv6Number('fd00::5'),
    });
  });
  it.each(['2001:db8::1/64', '2001:db8::/129', '2001:db8::', '192.0.2.0/24', '::/'])('%s is none', (text) => {
    expect(parseCidr6(text)).toBeUndefined();
  });
});
