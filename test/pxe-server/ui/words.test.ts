import { describe, expect, it } from 'vitest';
import { waitTime as screenTime } from '../../../pxe-server/render/waiting.ts';
import {
  age,
  bootTitle,
  declaredFacts,
  diskSize,
  effectText,
  fingerprint,
  fours,
  fromNow,
  leaseSeen,
  machineFacts,
  memorySize,
  place,
  soundText,
  typedParts,
  waitTime,
} from '../../../pxe-server/ui/page/words.js';
import { inventory } from '../hosts/inventory-fixture.ts';

it.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3599_000, '59 min'],
  [3600_000, '1 h'],
  [47 * 3600_000, '47 h'],
  [48 * 3600_000, '2 d'],
])('age of %i ms: %s', (milliseconds, expected) => {
  expect(age(milliseconds)).toBe(expected);
});
it.each([
  [0, '0 s'],
  [99, '99 s'],
  [100, '2 min'],
  [1153, '20 min'],
  [5940, '99 min'],
  [5941, '1 h 40 min'],
  [9000, '2 h 30 min'],
])('a wait of %i s is told as %s, on the page and on the screen of the machine', (seconds, expected) => {
  expect([waitTime(seconds), screenTime(seconds)]).toEqual([expected, expected]);
});
it('sizes: disks are decimal, memory is binary', () => {
  expect([diskSize(480e9), diskSize(1920383410176), diskSize(0)]).toEqual(['480.0 GB', '1.9 TB', '0.0 GB']);
  expect([memorySize(786432), memorySize(1500), memorySize(2048)]).toEqual(['768 GiB', '1.5 GiB', '2 GiB']);
});
it('what is to be typed, apart from the sentence around it', () => {
  expect(typedParts('rackhand hosts arm node1; for each: rackhand hosts arm node1 always')).toEqual([
    { text: 'rackhand hosts arm node1', typed: true },
    { text: '; for each: ', typed: false },
    { text: 'rackhand hosts arm node1 always', typed: true },
  ]);
  expect(typedParts('rackhand images fit 0123 --pci 10ec:8029 says whether')).toEqual([
    { text: 'rackhand images fit 0123 --pci 10ec:8029', typed: true },
    { text: ' says whether', typed: false },
  ]);
  expect(typedParts('look at the screen')).toEqual([{ text: 'look at the screen', typed: false }]);
});
it('of a boot that goes on nothing wrong was found yet', () => {
  expect(soundText('registered')).toBe('Nothing wrong was found.');
  expect(soundText('loader')).toMatch(/^Nothing wrong was found yet\. Silence tells/);
});
it('place', () => {
  expect([place({ rack: 'r1', unit: 7 }), place({ rack: 'r1' }), place({ unit: 7 }), place({})]).toEqual([
    ...['r1 U7', 'r1', 'U7', ''],
  ]);
});
it('digits in groups of four, of a fingerprint the 32 that a console wants first', () => {
  expect(fours('12345678')).toEqual(['1234', '5678']);
  expect(fours('')).toEqual([]);
  expect(fingerprint(`${'a'.repeat(32)}${'b'.repeat(32)}`)).toEqual({
    needed: Array(8).fill('aaaa'),
    rest: Array(8).fill('bbbb'),
  });
});

describe('facts', () => {
  const stamp = (iso: string) => `<${iso}>`;
  const host = { macs: [], kernelArguments: [], arm: 'off', lastSeen: null, certificateNotAfter: null };
  it('of a declaration: what is not there is left out', () => {
    expect(declaredFacts({ ...host, managementAddress: null }, stamp)).toEqual([
      ['Image', 'the default'],
      ['Armed', 'off'],
    ]);
  });
  it('of a declaration: all', () => {
    const all = {
      ...{
        rack: 'r1',
        unit: 7,
        macs: ['a', 'b'],
        serial: 's',
        uuid: 'u',
        image: 'lab',
        kickstart: 'k',
        arm: 'once',
      },
      ...{ installer: 'el9', secureBoot: true },
      ...{ address: '192.0.2.7', kernelArguments: ['x', 'y'], managementAddress: '192.0.2.8' },
      ...{ lastSeen: 't1', certificateNotAfter: 't2' },
    };
    expect(Object.fromEntries(declaredFacts(all, stamp))).toEqual({
      ...{ Rack: 'r1 U7', MAC: 'a b', Serial: 's', UUID: 'u', Image: 'lab', Kickstart: 'k' },
      ...{ Installer: 'el9', 'Secure Boot': 'signed loaders only' },
      ...{ Armed: 'once: its next boot', 'Reserved address': '192.0.2.7', 'Kernel arguments': 'x y' },
      ...{ 'Managed at': '192.0.2.8', 'Last seen': '<t1>', 'Certificate until': '<t2>' },
    });
  });
  it.each([
    [{}, 'UEFI, Secure Boot on'],
    [{ secureBoot: false }, 'UEFI, Secure Boot off'],
    [{ firmware: 'bios' as const, secureBoot: false }, 'BIOS'],
  ])('of a machine, firmware %j: %s', (change, expected) => {
    const facts = Object.fromEntries(machineFacts(inventory({ ...change, vendor: '', kvm: false })));
    expect(facts).toMatchObject({
      ...{ Firmware: expected, Model: 'R-1000', Memory: '768 GiB', Virtualization: /^no KVM/ },
      ...{ Virtualization: expect.stringMatching(/^no KVM/), Addresses: '192.0.2.101 2001:db8::101' },
    });
  });
});

describe('leases', () => {
  it.each([
    [52 * 60_000, 'in 52 min'],
    [1, 'in 0 s'],
    [0, '0 s ago'],
    [-3 * 3600_000, '3 h ago'],
    [80 * 365 * 86400_000, 'never'],
  ])('%i ms: %s', (milliseconds, text) => expect(fromNow(milliseconds)).toBe(text));
  it('what a machine did last', () => {
    expect(leaseSeen({ how: 'leased', at: '2026-01-01T00:00:00Z' }, Date.parse('2026-01-01T00:08:00Z'))).toBe(
      'leased 8 min ago',
    );
    expect(leaseSeen({ how: 'leased', at: null }, 0)).toBe('leased');
  });
});

it.each([
  ['stops', 'certain', 'Stopped by'],
  ['stops', 'likely', 'Likely stopped by'],
  ['slows', 'possible', 'Perhaps slowed by'],
  ['notes', 'certain', 'Worth knowing'],
])('a diagnosis that %s and is %s: %s', (effect, certainty, text) => {
  expect(effectText(effect, certainty)).toBe(text);
});
it('a boot in one line', () => {
  const boot = { boot: '2026-01-01T00:00:00.000Z', reach: 'loader' };
  expect(bootTitle({ ...boot, diagnosis: null }, () => 'then')).toBe('then: it loaded its loader');
  expect(bootTitle({ ...boot, diagnosis: 'loader-loop' }, () => 'then')).toBe('then: loader-loop');
});
