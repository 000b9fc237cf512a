import { expect, it } from 'vitest';
import { identify } from '../../../pxe-server/enrol/identify.ts';
import type { Matchable } from '../../../pxe-server/hosts/match.ts';

const host = (name: string, macs: string[], change: Partial<Matchable> = {}): Matchable => ({
  name,
  macs,
  inventoryMacs: [],
  ...change,
});
const A = host('a', ['aa'], { serial: 'SN-A', uuid: '4c4c4544-0042-3510-8051-000000000001' });
const B = host('b', ['bb', 'bc'], { serial: 'SN-B' });
const SEEN = host('seen', [], { inventoryMacs: ['ee'] });
const TWIN_UUID = '4c4c4544-0042-3510-8051-0000000000ff';
const TWINS = ['t', 'u'].map((name) => host(name, [`${name}${name}`], { uuid: TWIN_UUID }));

it.each<[string, string[], string, string, object]>([
  ['nothing known', ['xx'], '', '', { kind: 'unknown' }],
  ['no port at all', [], '', '', { kind: 'unknown' }],
  ['its MAC', ['aa'], '', '', { kind: 'host', host: A }],
  ['one MAC of several', ['xx', 'bc'], '', '', { kind: 'host', host: B }],
  ['two MACs of one host', ['bb', 'bc'], '', '', { kind: 'host', host: B }],
  ['a MAC that an inventory named', ['ee'], '', '', { kind: 'host', host: SEEN }],
  ['its serial', ['xx'], 'sn-a', '', { kind: 'host', host: A }],
  ['its UUID in capitals', [], '', A.uuid!.toUpperCase(), { kind: 'host', host: A }],
  ['a serial that says nothing', ['xx'], 'To Be Filled By O.E.M.', '', { kind: 'unknown' }],
  ['MAC and serial agree', ['bb'], 'SN-B', '', { kind: 'host', host: B }],
  ['MACs of two hosts', ['aa', 'bb'], '', '', { kind: 'ambiguous', hosts: ['a', 'b'] }],
  ["another host's serial", ['aa'], 'SN-B', '', { kind: 'ambiguous', hosts: ['a', 'b'] }],
  ['a port that was in another host', ['ee', 'bb'], '', '', { kind: 'host', host: B }],
  ['the same, by its serial', ['ee'], 'SN-B', '', { kind: 'host', host: B }],
  ['a UUID that two share', ['xx'], '', TWIN_UUID, { kind: 'ambiguous', hosts: ['t', 'u'] }],
  ['the same, told apart by MAC', ['uu'], '', TWIN_UUID, { kind: 'host', host: TWINS[1] }],
])('%s', (_name, macs, serial, uuid, expected) => {
  const nics = macs.map((mac) => ({ name: 'eth0', mac, driver: '', pci: '', link: true }));
  expect(identify([A, B, SEEN, ...TWINS], { nics, serial, uuid })).toEqual(expected);
});

it.each<[string, Partial<Matchable>, object]>([
  [
    'is not decided by a third MAC that an inventory names',
    { inventoryMacs: ['dd', 'yy'] },
    { hosts: ['x', 'y'] },
  ],
  [
    'is in the host that another MAC was declared for',
    { macs: ['yy'], inventoryMacs: ['dd'] },
    { host: { name: 'y' } },
  ],
])('a MAC that two inventories name %s', (_what, second, expected) => {
  const hosts = [host('x', [], { inventoryMacs: ['dd'] }), host('y', [], second)];
  const nics = ['dd', 'yy'].map((mac) => ({ name: 'eth0', mac, driver: '', pci: '', link: true }));
  expect(identify(hosts, { nics, serial: '', uuid: '' })).toMatchObject(expected);
});
