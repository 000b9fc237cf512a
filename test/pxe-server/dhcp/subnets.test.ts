import { describe, expect, it } from 'vitest';
import { inPool, reservedIn } from '../../../pxe-server/dhcp/leases/lease.ts';
import { Subnet } from '../../../pxe-server/dhcp/schema.ts';
import { subnetOf, subnetStates } from '../../../pxe-server/dhcp/subnets.ts';
import { ipv4Number, ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { type MessageParts, message } from './packets.ts';

const range = (from: string, to: string) => ({ from, to });
const parsed = (fields: object) => Subnet.parse({ cidr: '192.0.2.0/24', ranges: [], ...fields });

describe('schema', () => {
  it('fills in an hour, ten minutes for strangers, and no name servers', () => {
    expect(parsed({ ranges: [range('192.0.2.10', '192.0.2.20')] })).toEqual({
      cidr: '192.0.2.0/24',
      ranges: [range('192.0.2.10', '192.0.2.20')],
      dns: [],
      leaseSeconds: 3600,
      ...{ probe: true, unknownLeaseSeconds: 600, newLeasesPerPort: 120 },
    });
  });
  it.each([
    [
      'host bits',
      { cidr: '192.0.2.1/24' },
      'expected NETWORK/PREFIX without host bits, such as 192.0.2.0/24',
    ],
    ['a router elsewhere', { router: '192.0.3.1' }, 'router 192.0.3.1 is outside 192.0.2.0/24'],
    [
      'a range that leaves the subnet',
      { ranges: [range('192.0.2.250', '192.0.3.5')] },
      '192.0.2.250-192.0.3.5 leaves 192.0.2.0/24',
    ],
    [
      'a range upside down',
      { ranges: [range('192.0.2.20', '192.0.2.10')] },
      '192.0.2.20 lies above 192.0.2.10',
    ],
    [
      'ranges that overlap',
      { ranges: [range('192.0.2.10', '192.0.2.20'), range('192.0.2.20', '192.0.2.30')] },
      '192.0.2.20-192.0.2.30 overlaps range 1',
    ],
    [
      'more addresses than are kept',
      { cidr: '10.0.0.0/8', ranges: [range('10.0.0.0', '10.64.0.0')] },
      '4194305 addresses are more than 4194304',
    ],
    ['an unknown key', { gateway: '192.0.2.1' }, 'Unrecognized key: "gateway"'],
  ])('refuses %s', (_name, fields, message) => {
    const result = Subnet.safeParse({ cidr: '192.0.2.0/24', ranges: [], ...fields });
    expect(result.error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});

describe('in numbers', () => {
  const excluded = (cidr: string, own: string[], router?: string) =>
    [
      ...subnetStates([parsed({ cidr, ...(router ? { router } : {}) })], own.map(ipv4Number))[0]!.pool
        .excluded,
    ]
      .sort((a, b) => a - b)
      .map(ipv4Text);
  it('our own addresses, the router, network and broadcast address are never given out', () => {
    expect(excluded('192.0.2.0/24', ['192.0.2.2', '198.51.100.1'], '192.0.2.1')).toEqual([
      '192.0.2.0',
      '192.0.2.1',
      '192.0.2.2',
      '192.0.2.255',
      '198.51.100.1',
    ]);
  });
  it('a link of two addresses has no broadcast address (RFC 3021)', () => {
    expect(excluded('192.0.2.0/31', ['192.0.2.0'])).toEqual(['192.0.2.0']);
  });
  it.each([
    ['198.51.100.0/24', '198.51.100.0/24'],
    ['198.51.0.0/16', '198.51.100.0/25'],
  ])('%s and %s overlap, which is refused', (a, b) => {
    const call = () => subnetStates([parsed({}), parsed({ cidr: a }), parsed({ cidr: b })], []);
    expect(call).toThrow(
      expect.objectContaining({
        code: 'subnets-overlap',
        message: `subnets ${a} and ${b} overlap: an address would have two leases`,
      }),
    );
  });
});

describe('the subnet of a client', () => {
  const own = ['192.0.2.1', '198.51.100.1'];
  const cidrs = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'];
  const subnets = subnetStates(
    cidrs.map((cidr) => parsed({ cidr })),
    own.map(ipv4Number),
  );
  const of = (parts: MessageParts) => {
    const subnet = subnetOf(message('request', parts), ipv4Number('192.0.2.1'), subnets);
    return subnet && ipv4Text(subnet.pool.network.first);
  };
  const relayed = (hex: string): MessageParts => ({
    giaddr: '203.0.113.1',
    options: [[82, Buffer.from(hex, 'hex')]],
  });
  it.each([
    ['on the link of the interface', {}, '192.0.2.0'],
    ['renews on that link', { ciaddr: '192.0.2.9' }, '192.0.2.0'],
    ['behind a relay', { giaddr: '203.0.113.1' }, '203.0.113.0'],
    ['behind a relay of nowhere', { giaddr: '10.0.0.1' }, undefined],
    ['renews past its relay', { ciaddr: '203.0.113.9' }, '203.0.113.0'],
    ['moved here from another link of ours', { ciaddr: '198.51.100.9' }, '192.0.2.0'],
    ['moved here from elsewhere', { ciaddr: '10.0.0.9' }, '192.0.2.0'],
    ['rebinds through a relay', { ciaddr: '198.51.100.9', giaddr: '203.0.113.1' }, '203.0.113.0'],
    ['link selection (RFC 3527)', relayed('0102aabb 0504c6336400'.replace(' ', '')), '198.51.100.0'],
    ['link selection of nowhere', relayed('05040a000001'), undefined],
    ['link selection cut short', relayed('0504c633'), '203.0.113.0'],
    ['link selection of a wrong length', relayed('0502c63301020000'), '203.0.113.0'],
    ['no sub-option at all', relayed(''), '203.0.113.0'],
    ['a sub-option past the end', relayed('01ff00'), '203.0.113.0'],
  ] satisfies [string, MessageParts, string | undefined][])('%s', (_name, parts, network) => {
    expect(of(parts)).toBe(network);
  });
});

describe('the subnet that a client asks for by option 118 (RFC 3011)', () => {
  const own = ['192.0.2.1', '198.51.100.1'];
  /** Two on the link of one interface, one on another's, two behind relays. */
  const served = [
    { cidr: '192.0.2.0/25', link: 'on eno1' },
    { cidr: '192.0.2.128/25', link: 'on eno1' },
    { cidr: '198.51.100.0/24', link: 'on eno2' },
    { cidr: '203.0.113.0/25', link: 'behind rack7' },
    { cidr: '203.0.113.128/25', link: 'behind rack7' },
  ];
  const subnets = subnetStates(
    served.map(({ cidr, link }) => ({ ...parsed({ cidr }), link })),
    own.map(ipv4Number),
  );
  const of = (asked: string | Buffer, parts: MessageParts = {}, here = own[0]!) => {
    const value = typeof asked === 'string' ? addressBytes(asked) : asked;
    const options: MessageParts['options'] = [...(parts.options ?? []), [118, value]];
    const subnet = subnetOf(message('request', { ...parts, options }), ipv4Number(here), subnets);
    return subnet && ipv4Text(subnet.pool.network.first);
  };
  const addressBytes = (text: string) => Buffer.from(text.split('.').map(Number));
  const relayed: MessageParts = { giaddr: '203.0.113.1' };
  const told: MessageParts = { ...relayed, options: [[82, Buffer.from('0504c6336400', 'hex')]] };
  it.each<[what: string, asked: string | Buffer, parts: MessageParts, found: string | undefined]>([
    ['its own', '192.0.2.0', {}, '192.0.2.0'],
    ['another on its link', '192.0.2.128', {}, '192.0.2.128'],
    ['by any address of it', '192.0.2.200', {}, '192.0.2.128'],
    ['one of another interface', '198.51.100.0', {}, undefined],
    ['one behind a relay', '203.0.113.0', {}, undefined],
    ['one of nowhere', '10.0.0.0', {}, undefined],
    ['a wrong length', Buffer.from('cb0071', 'hex'), {}, '192.0.2.0'],
    [
      'one of another interface, with an address there',
      '198.51.100.0',
      { ciaddr: '198.51.100.9' },
      undefined,
    ],
    ['its own, moved here from there', '192.0.2.0', { ciaddr: '198.51.100.9' }, '192.0.2.0'],
    ['its own, renewing past its relay', '203.0.113.0', { ciaddr: '203.0.113.9' }, '203.0.113.0'],
    ['another on its link, past its relay', '203.0.113.128', { ciaddr: '203.0.113.9' }, '203.0.113.128'],
    ['one of ours, past its relay', '192.0.2.0', { ciaddr: '203.0.113.9' }, undefined],
    ['by a relay: its own', '203.0.113.0', relayed, '203.0.113.0'],
    ['by a relay: any that is served', '198.51.100.0', relayed, '198.51.100.0'],
    ['by a relay: one of nowhere', '10.0.0.0', relayed, undefined],
    ['by a relay that tells the link itself (RFC 3527)', '203.0.113.0', told, '198.51.100.0'],
  ])('%s', (_what, asked, parts, found) => {
    expect(of(asked, parts)).toBe(found);
  });
  it('goes by the interface that it came in on', () => {
    expect(of('198.51.100.0', {}, own[1])).toBe('198.51.100.0');
    expect(of('192.0.2.0', {}, own[1])).toBe(undefined);
  });
});

describe('addresses that no new machine gets', () => {
  const given = (more: object, own: string[] = [], others: string[] = []) => {
    const subnet = parsed({ ranges: [range('192.0.2.10', '192.0.2.14')], ...more });
    const [state] = subnetStates([subnet], own.map(ipv4Number), others.map(ipv4Number));
    const { first } = state!.pool.network;
    return Array.from({ length: 256 }, (_, i) => i).filter((i) => inPool(state!.pool, first + i));
  };
  it.each<[string, object, string[]?, string[]?]>([
    ['ours', {}, ['192.0.2.12']],
    ['another one of this machine', {}, [], ['192.0.2.12']],
    ['the router', { router: '192.0.2.12' }],
    ['a name server', { dns: ['192.0.2.12', '203.0.113.1'] }],
    ['a time server', { ntp: ['192.0.2.12'] }],
  ])('%s', (_what, more, own, others) => {
    expect(given(more, own, others)).toEqual([10, 11, 13, 14]);
  });
  it('name servers at the ends of a range, and alone in one', () => {
    const ranges = [range('192.0.2.10', '192.0.2.14'), range('192.0.2.20', '192.0.2.20')];
    expect(given({ ranges, dns: ['192.0.2.10', '192.0.2.14', '192.0.2.20'] })).toEqual([11, 12, 13]);
  });
  it('a name server may be promised its own address', () => {
    const subnet = parsed({ ranges: [range('192.0.2.10', '192.0.2.14')], dns: ['192.0.2.12'] });
    const address = ipv4Number('192.0.2.12');
    const reservations = { addressOf: () => address, clientOf: () => 'a' };
    expect(reservedIn(subnetStates([subnet], [])[0]!.pool, 'a', reservations)).toBe(address);
  });
});
