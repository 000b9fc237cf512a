import { describe, expect, it } from 'vitest';
import { type Endpoint, endpointKey, hostKey } from '../../../pxe-server/net/endpoint.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { hostText } from '../../../pxe-server/net/udp-listener.ts';

const v4 = (address: string, port: number): Endpoint => ({ address: ipv4Number(address), port });
const v6 = (address: string, port: number, zone = 0): Endpoint => ({
  ...{ address: ipv6Number(address), port, zone },
});

describe('keys', () => {
  const all = [
    v4('0.0.0.0', 1),
    v4('0.0.0.1', 0),
    v4('0.0.0.1', 1),
    v4('255.255.255.255', 65_535),
    v6('::', 1),
    v6('::1', 0),
    v6('::1', 1),
    v6('::1:1', 1),
    v6('fe80::1', 1, 1),
    v6('fe80::1', 1, 11),
    v6('fe80::1', 11, 1),
    v6('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 65_535, 4_294_967_295),
  ];
  it('differ for all that differ, and are the same for the same', () => {
    expect(new Set(all.map(endpointKey)).size).toBe(all.length);
    expect(all.map((each) => endpointKey({ ...each }))).toEqual(all.map(endpointKey));
    expect(new Set(all.map(hostKey)).size).toBe(9);
  });
  it('no zone is zone 0', () => {
    expect(endpointKey({ address: 1n, port: 9 })).toBe(endpointKey({ address: 1n, port: 9, zone: 0 }));
  });
});

it.each([
  ['192.0.2.9', v4('192.0.2.9', 1)],
  ['2001:db8::9', v6('2001:db8:0:0::9', 1)],
  ['fe80::9%lo', v6('fe80::9', 1, 1)],
  // an interface that is gone
  ['fe80::9%2147483632', v6('fe80::9', 1, 0x7fff_fff0)],
])('%s as text', (text, host) => {
  expect(hostText(host)).toBe(text);
});
