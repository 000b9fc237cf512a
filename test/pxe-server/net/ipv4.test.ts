import { describe, expect, it } from 'vitest';
import { inNetwork, ipv4Text, parseCidr, parseIpv4 } from '../../../pxe-server/net/ipv4.ts';

describe('addresses', () => {
  it.each([
    ['0.0.0.0', 0],
    ['192.0.2.1', 0xc0000201],
    ['255.255.255.255', 0xffffffff],
  ])('%s both ways', (text, number) => {
    expect(parseIpv4(text)).toBe(number);
    expect(ipv4Text(number)).toBe(text);
  });
  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.x', ' 1.2.3.4', '1.2.3.-4'])(
    'refuses %j',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );
});

describe('networks', () => {
  it('gives bounds and mask', () => {
    const network = parseCidr('192.0.2.128/25');
    expect(network).toEqual({ first: 0xc0000280, last: 0xc00002ff, mask: 0xffffff80 });
    expect(inNetwork(network!, 0xc0000280)).toBe(true);
    expect(inNetwork(network!, 0xc000027f)).toBe(false);
    expect(parseCidr('0.0.0.0/0')).toEqual({ first: 0, last: 0xffffffff, mask: 0 });
  });
  it.each(['192.0.2.1/24', '192.0.2.0/33', '192.0.2.0', '192.0.2.0/x', '/24'])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
