import { expect, it } from 'vitest';
import { isKnown } from '../../../pxe-server/dhcp/known-hosts.ts';
import { Roster } from '../../../pxe-server/hosts/roster.ts';

const host = { id: 'h1', name: 'node1', macs: [], inventoryMacs: [], approved: true };
const [A, B] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];
const uuid = '4C4C4544-0000-0000-0000-000000000001';

it.each([
  ['a declared MAC', { ...host, macs: [A] }, { mac: A }, true],
  ['a MAC of the inventory', { ...host, inventoryMacs: [A] }, { mac: A }, true],
  ['a declared UUID', { ...host, uuid }, { mac: A, uuid: uuid.toLowerCase() }, true],
  [
    'a machine that waits for approval',
    { ...host, macs: [A], uuid, approved: false },
    { mac: A, uuid },
    false,
  ],
  ['another', { ...host, macs: [A], uuid }, { mac: B }, false],
])('%s', (_what, declared, machine, expected) => {
  expect(isKnown(new Roster([declared]), machine)).toBe(expected);
});
it('before control has said anything, nobody is', () => {
  expect(isKnown(undefined, { mac: A, uuid })).toBe(false);
});
