import { expect, it } from 'vitest';
import { Ipv6 } from '../../../pxe-server/dhcp6/schema.ts';

const plain = { address: 'FD00::0:1', prefix: 'fd00::/64', range: { from: 'fd00::10', to: 'fd00::1f' } };

it('has defaults, and addresses as they are written everywhere', () => {
  expect(Ipv6.parse(plain)).toEqual({
    ...plain,
    ...{ address: 'fd00::1', leaseSeconds: 3600, dns: [], ntp: [], autonomous: false },
  });
});
it.each<[string, object, string]>([
  ['host bits in the prefix', { prefix: 'fd00::1/64' }, 'without host bits'],
  ['a prefix of 16 bits', { prefix: 'fd00::/16' }, 'of 32 to 126 bits'],
  ['a link-local prefix', { ...plain, prefix: 'fe80::/64' }, 'holds no addresses that DHCP gives'],
  ['our address elsewhere', { address: 'fd01::1' }, 'our address fd01::1 is outside fd00::/64'],
  [
    'a range elsewhere',
    { range: { from: 'fd00::10', to: 'fd01::10' } },
    'fd00::10-fd01::10 leaves fd00::/64',
  ],
  [
    'a range the wrong way round',
    { range: { from: 'fd00::20', to: 'fd00::10' } },
    'fd00::20 lies above fd00::10',
  ],
  ['a range of a whole link', { range: { from: 'fd00::10', to: 'fd00::ffff:ffff' } }, 'narrow the range'],
  ['the address of all routers', { range: { from: 'fd00::', to: 'fd00::10' } }, 'anycast'],
  ['SLAAC on a long prefix', { prefix: 'fd00::/120', autonomous: true }, 'need a prefix of 64 bits'],
  ['an IPv4 server', { dns: ['192.0.2.1'] }, 'Invalid'],
  ['what nobody knows', { ranges: [] }, 'Unrecognized'],
])('%s is refused', (_what, change, message) => {
  const parsed = Ipv6.safeParse({ ...plain, ...change });
  expect(parsed.error?.issues.map((issue) => issue.message).join('; ')).toContain(message);
});
