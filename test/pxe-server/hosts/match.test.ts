import { describe, expect, it } from 'vitest';
import { type Matchable, matchAll, matchHost, type Sighting } from '../../../pxe-server/hosts/match.ts';
import { type Listed, Roster } from '../../../pxe-server/hosts/roster.ts';

const host = (name: string, change: Partial<Matchable>): Listed => ({
  ...{ id: name, name, macs: [], inventoryMacs: [] },
  ...change,
});
const UUID = '4c4c4544-0042-3510-8051-000000000001';
const TWIN = '4c4c4544-0042-3510-8051-0000000000ff';
const HOSTS = [
  host('a', { macs: ['aa'], inventoryMacs: ['aa', 'moved', 'both'], serial: 'SN-A', uuid: UUID }),
  host('b', { macs: ['bb', 'moved'], inventoryMacs: ['bb', 'both'], serial: 'SN-B' }),
  host('c', { inventoryMacs: ['cc'] }),
  host('t', { macs: ['tt'], uuid: TWIN }),
  host('u', { macs: ['uu'], uuid: TWIN }),
  host('w', { macs: ['ww', 'aa', 'cw'], inventoryMacs: ['ww', 'bb'], approved: false }),
  host('x', { inventoryMacs: ['cw'] }),
  host('v', { serial: 'None', uuid: '' }),
];

describe('matchHost', () => {
  it.each<[string, Sighting, string]>([
    ['nothing', {}, 'none'],
    ['an unknown MAC', { mac: 'zz' }, 'none'],
    ['a declared MAC', { mac: 'bb' }, 'b by mac'],
    ['a MAC that one inventory names', { mac: 'cc' }, 'c by inventory'],
    ['a MAC that two inventories name', { mac: 'both' }, 'a, b by inventory'],
    ['a MAC of an inventory that was declared for another host since', { mac: 'moved' }, 'b by mac'],
    ['a MAC of a waiting machine', { mac: 'ww' }, 'w by inventory'],
    ['a declared MAC that a waiting machine says it has', { mac: 'aa' }, 'a by mac'],
    ['the same of an inventory', { mac: 'cw' }, 'x by inventory'],
    ['a UUID, in whatever case', { uuid: UUID.toUpperCase() }, 'a by uuid'],
    ['a serial, in whatever case', { serial: 'sn-b' }, 'b by serial'],
    ['a serial that says nothing', { serial: 'none' }, 'none'],
    ['a UUID that says nothing', { uuid: '' }, 'none'],
    ['all of one host', { mac: 'aa', uuid: UUID, serial: 'SN-A' }, 'a by mac'],
    ['a MAC of one and the serial of another', { mac: 'aa', serial: 'SN-B' }, 'a, b by mixed'],
    ['a UUID of one and the serial of another', { uuid: UUID, serial: 'SN-B' }, 'a, b by mixed'],
    ['a UUID that two share', { uuid: TWIN }, 't, u by uuid'],
    [
      'a MAC that an old inventory names, in the host with that serial',
      { mac: 'cc', serial: 'SN-B' },
      'b by serial',
    ],
    ['the same with two inventories', { mac: 'both', uuid: UUID }, 'a by uuid'],
  ])('%s', (_what, sighting, expected) => {
    const found = matchHost(HOSTS, sighting);
    expect(new Roster(HOSTS).match(sighting)).toEqual(found);
    const told = { none: '', host: '', ambiguous: '' } as Record<string, string>;
    if (found.kind === 'host') told.host = `${found.host.name} by ${found.by}`;
    if (found.kind === 'ambiguous') told.ambiguous = `${found.hosts.join(', ')} by ${found.by}`;
    expect(told[found.kind] || 'none').toBe(expected);
  });
});

it('of many sightings each is told for itself, and no host is looked at more often for them', () => {
  let looks = 0;
  const hosts = Array.from({ length: 100 }, (_, n) => ({
    ...{ name: `node${n}`, inventoryMacs: [`i${n}`], serial: `SN-${n}` },
    get macs() {
      looks += 1;
      return [`m${n}`];
    },
  }));
  expect(matchAll(hosts, [{ mac: 'm7' }])).toMatchObject([{ kind: 'host', host: { name: 'node7' } }]);
  const forOne = looks;
  const sightings = Array.from({ length: 1000 }, (_, n) => ({ mac: `${n % 2 ? 'm' : 'i'}${n}`, serial: '' }));
  const found = matchAll(hosts, [...sightings, { serial: 'sn-3' }, { mac: 'm1', serial: 'sn-2' }]);
  expect(found.map((m) => (m.kind === 'host' ? `${m.host.name} by ${m.by}` : m.kind))).toEqual([
    ...sightings.map((_, n) => (n < 100 ? `node${n} by ${n % 2 ? 'mac' : 'inventory'}` : 'none')),
    ...['node3 by serial', 'ambiguous'],
  ]);
  expect(looks).toBe(2 * forOne);
});
