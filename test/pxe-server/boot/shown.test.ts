import { describe, expect, it } from 'vitest';
import { compareMachine, isSameShown, type Shown, shownBy } from '../../../pxe-server/boot/shown.ts';

const A = '52:54:00:aa:bb:cc';
const B = '52:54:00:aa:bb:dd';
const C = '52:54:00:aa:bb:ee';
const mac = (n: number) => `x-rhn-provisioning-mac-${n}`;

describe('what the headers of an installer show', () => {
  it.each<[string, Record<string, string | string[] | undefined>, Shown]>([
    ['nothing', {}, { macs: [] }],
    ['others', { host: 'x', 'user-agent': 'curl/7.76.1', 'x-anaconda-architecture': 'x86_64' }, { macs: [] }],
    ['one card', { [mac(0)]: `eth0 ${A}` }, { macs: [A] }],
    ['several', { [mac(0)]: `eno1 ${A}`, [mac(1)]: `eno2 ${B}` }, { macs: [A, B] }],
    ['capitals and dashes', { [mac(0)]: `eth0 ${A.toUpperCase().replaceAll(':', '-')}` }, { macs: [A] }],
    ['an address alone', { [mac(0)]: A }, { macs: [A] }],
    ['blanks around', { [mac(0)]: `  eth0\t ${A} ` }, { macs: [A] }],
    ['the same twice, as ports of a bond do', { [mac(0)]: `e1 ${A}`, [mac(1)]: `e2 ${A}` }, { macs: [A] }],
    ['a header that came twice', { [mac(0)]: `eth0 ${A}, eth1 ${B}` }, { macs: [A, B] }],
    ['the same as a list', { [mac(0)]: [`eth0 ${A}`, `eth1 ${B}`] }, { macs: [A, B] }],
    [
      'InfiniBand',
      { [mac(0)]: `ib0 80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1` },
      { macs: [] },
    ],
    ['a tunnel', { [mac(0)]: 'sit0 0.0.0.0', [mac(1)]: 'x 00:00:00:00:00:00' }, { macs: [] }],
    ['everybody', { [mac(0)]: 'eth0 ff:ff:ff:ff:ff:ff' }, { macs: [] }],
    [
      'noise',
      { [mac(0)]: '', [mac(1)]: '\0', [mac(2)]: undefined, 'x-rhn-provisioning-mac-x': `e ${A}` },
      { macs: [] },
    ],
    ['a serial', { 'x-system-serial-number': ' CZ12345 ' }, { macs: [], serial: 'cz12345' }],
    ['a serial that nobody filled in', { 'x-system-serial-number': 'To Be Filled By O.E.M.' }, { macs: [] }],
    ['an empty one', { 'x-system-serial-number': '' }, { macs: [] }],
    ['one that is too long', { 'x-system-serial-number': 'x'.repeat(200) }, { macs: [] }],
  ])('%s', (_what, headers, shown) => expect(shownBy(headers)).toEqual(shown));
  it('of hundreds of cards sixty-four', () => {
    const many = Array.from({ length: 300 }, (_, i) => [
      mac(i),
      `eth${i} 02:00:00:00:0${i >> 8}:${(i & 255).toString(16).padStart(2, '0')}`,
    ]);
    expect(shownBy(Object.fromEntries(many)).macs).toHaveLength(64);
  });
});

describe('compared with what is known', () => {
  it.each<[string, { macs: string[]; serial?: string }, Shown, boolean, RegExp]>([
    ['one of its cards', { macs: [A] }, { macs: [A] }, true, /^MAC as known$/],
    ['and others that nobody declared', { macs: [A] }, { macs: [C, A] }, true, /^MAC as known$/],
    ['one of several', { macs: [A, B] }, { macs: [B] }, true, /^MAC as known$/],
    [
      'no card of it',
      { macs: [A] },
      { macs: [B, C] },
      false,
      /shows MAC .*bb:dd, .*bb:ee, and the host has .*bb:cc/,
    ],
    [
      'card and serial',
      { macs: [A], serial: 'CZ1' },
      { macs: [A], serial: 'cz1' },
      true,
      /^MAC and serial as known$/,
    ],
    [
      'the card, and another serial',
      { macs: [A], serial: 'CZ1' },
      { macs: [A], serial: 'cz2' },
      false,
      /shows serial cz2, and the host has cz1/,
    ],
    [
      'the serial, and another card',
      { macs: [A], serial: 'CZ1' },
      { macs: [B], serial: 'cz1' },
      false,
      /shows MAC/,
    ],
    [
      'the serial alone',
      { macs: [A], serial: 'CZ1' },
      { macs: [], serial: 'cz1' },
      true,
      /^serial as known$/,
    ],
    [
      'a host known by serial',
      { macs: [], serial: 'CZ1' },
      { macs: [B], serial: 'cz1' },
      true,
      /^serial as known$/,
    ],
    ['and another one', { macs: [], serial: 'CZ1' }, { macs: [B], serial: 'cz3' }, false, /serial/],
    [
      'a serial that is declared as filler',
      { macs: [A], serial: 'None' },
      { macs: [A], serial: 'cz1' },
      true,
      /^MAC as known$/,
    ],
    [
      'nothing shown',
      { macs: [A], serial: 'CZ1' },
      { macs: [] },
      true,
      /neither MAC nor serial .*inst\.ks\.sendmac, inst\.ks\.sendsn.*nothing was compared/,
    ],
    ['nothing known', { macs: [] }, { macs: [A], serial: 'cz1' }, true, /nothing that it shows is known/],
    ['what is known is not shown', { macs: [A] }, { macs: [], serial: 'cz1' }, true, /nothing was compared/],
  ])('%s', (_what, known, shown, fits, words) => {
    const comparison = compareMachine(known, shown);
    expect(comparison.fits).toBe(fits);
    expect(comparison.fits ? comparison.said : comparison.why).toMatch(words);
  });
  it('names few of many cards', () => {
    const macs = Array.from({ length: 20 }, (_, i) => `02:00:00:00:00:${String(i).padStart(2, '0')}`);
    const comparison = compareMachine({ macs: [A] }, { macs });
    expect(comparison).toMatchObject({ fits: false, why: expect.stringContaining(' and 16 more') });
  });
});

it.each<[string, Shown, Shown, boolean]>([
  ['nothing twice', { macs: [] }, { macs: [] }, true],
  ['the same', { macs: [A, B], serial: 's' }, { macs: [B, A], serial: 's' }, true],
  ['a card whose driver came late', { macs: [A], serial: 's' }, { macs: [A, B], serial: 's' }, true],
  ['other cards', { macs: [A] }, { macs: [B] }, false],
  ['cards, then none', { macs: [A] }, { macs: [] }, false],
  ['none, then cards', { macs: [] }, { macs: [A] }, false],
  ['another serial', { macs: [A], serial: 's' }, { macs: [A], serial: 't' }, false],
  ['no serial any more', { macs: [A], serial: 's' }, { macs: [A] }, false],
])('the same machine: %s', (_what, a, b, same) => {
  expect(isSameShown(a, b)).toBe(same);
  expect(isSameShown(b, a)).toBe(same);
});
