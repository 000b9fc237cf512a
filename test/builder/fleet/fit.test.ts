import { describe, expect, it } from 'vitest';
import { cardsAsFleet } from '../../../builder/fleet/cards.ts';
import { describeDevice, essentialClass } from '../../../builder/fleet/device.ts';
import { fitFleet } from '../../../builder/fleet/fit.ts';
import { assertFits, renderFit } from '../../../builder/fleet/fit-text.ts';
import type { ModuleRecord } from '../../../builder/strip/module-record.ts';

const record = (name: string, alias: string, more: Partial<ModuleRecord> = {}): ModuleRecord => ({
  ...{ name, path: `usr/lib/modules/6/${name}.ko`, aliases: [alias], depends: [], firmware: [], kept: true },
  ...more,
});
const pci = (vendor: string, device: string, kind = '0200') =>
  `pci:v0000${vendor}d0000${device}sv00000000sd00000000bc${kind.slice(0, 2)}sc${kind.slice(2)}i00`;
const DROPPED = { kept: false, rule: 'r.yaml:3 (drop-module: not in servers)' };

const records = {
  ...{ schema: 1 as const, kernel: '6.1.0' },
  modules: [
    record('igb', 'pci:v00008086d00001521sv*'),
    record('snd_hda_intel', 'pci:v*d*sv*sd*bc04sc03i00*', DROPPED),
    record('nouveau', 'pci:v000010DEd*', DROPPED),
    record('simpledrm', 'pci:v000010DEd*'),
    record('qla2xxx', 'pci:v00001077d*', {
      firmware: [
        ['ql2400_fw.bin', 'there'],
        ['ql2500_fw.bin', 'removed'],
      ],
    }),
    record('bnx2', 'pci:v000014E4d00001639sv*', { firmware: [['bnx2/mips.fw', 'unpackaged']] }),
    record('bnxt_en', 'pci:v000014E4d000016D7sv*', {
      firmware: [
        ['one.fw', 'there'],
        ['two.fw', 'unpackaged'],
      ],
    }),
    { ...record('rtc_cmos', 'platform:rtc_cmos'), path: undefined },
  ],
};
const fitOf = (...modaliases: string[]) =>
  fitFleet({ hosts: [{ name: 'node', modaliases }] }, records as never)[0]!;

describe('network cards by their PCI ids', () => {
  it('are asked for as the kernel writes them', () => {
    expect(cardsAsFleet(['8086:1521', 'ffff:1d0f'])).toEqual({
      hosts: [{ name: 'cards', modaliases: [pci('8086', '1521'), pci('FFFF', '1D0F')] }],
    });
    const [fit] = fitFleet(cardsAsFleet(['8086:1521', 'ffff:1d0f']), records as never);
    expect([fit!.driven, fit!.lacks.map(({ device }) => device)]).toEqual([1, ['PCI FFFF:1D0F (network)']]);
  });
  it.each(['8086', '8086:152', '8086:15211', '8086:15zz', 'eth0', ''])('%j is none', (id) => {
    expect(() => cardsAsFleet([id])).toThrowError(/is no PCI id/);
  });
});

describe('fit of a fleet', () => {
  it.each<[string, string, string | undefined, string | undefined]>([
    ['a driver that is there', pci('8086', '1521'), undefined, undefined],
    ['one built into the kernel', 'platform:rtc_cmos', undefined, undefined],
    [
      ...['a driver that a rule took', pci('8086', 'A170', '0403'), 'driver'],
      'removed by rule r.yaml:3 (drop-module: not in servers)',
    ] as never,
    ['one of two drivers is enough', pci('10DE', '1234', '0300'), undefined, undefined],
    [
      'a network port nothing drives',
      pci('FFFF', '1234'),
      'driver',
      'no package of the recipe has a driver for it',
    ],
    ['a bridge nothing drives', pci('FFFF', '1234', '0600'), undefined, undefined],
    ['an ACPI device nothing drives', 'acpi:PNP0C0C:', undefined, undefined],
    [
      ...['firmware that a rule took', pci('1077', '2261', '0C04'), 'firmware'],
      'qla2xxx asks for it; a rule removes it on purpose',
    ] as never,
    [
      ...['firmware no package has', pci('14E4', '1639'), 'firmware'],
      'bnx2 asks for it; no package of the recipe has it',
    ] as never,
    ['firmware of other devices', pci('14E4', '16D7'), undefined, undefined],
  ])('%s', (_, modalias, what, why) => {
    const [lack] = fitOf(modalias).lacks;
    expect([lack?.what, lack?.why]).toEqual([what, why]);
  });
  it('counts devices of a kind once, and those nothing answers to apart', () => {
    const host = fitOf(pci('8086', '1521'), pci('8086', '1521'), 'acpi:PNP0C0C:', pci('FFFF', '1'));
    expect(host).toMatchObject({ devices: 3, driven: 1, unknown: 1 });
  });
  it('says host by host what is missing', () => {
    const hosts = [
      { ...fitOf(pci('8086', '1521')), name: 'good' },
      { ...fitOf(pci('8086', 'A170', '0403'), pci('1077', '2261', '0C04')), name: 'bad' },
    ];
    expect(renderFit('0123456789abcdef', hosts).split('\n')).toEqual([
      'image 0123456789abcdef',
      '  good: fits (1 kind of device: 1 driven, 0 that no module answers to)',
      '  bad: lacks 2 (2 kinds of devices: 1 driven, 0 that no module answers to)',
      '    PCI 8086:A170: no driver (snd_hda_intel); removed by rule r.yaml:3 (drop-module: not in servers)',
      '    PCI 1077:2261 (Fibre Channel): no firmware (ql2500_fw.bin); qla2xxx asks for it; a rule removes it on purpose',
    ]);
    expect(() => assertFits('0123456789abcdef', hosts)).toThrow(
      expect.objectContaining({
        code: 'fleet-unfit',
        message: 'image 0123456789abcdef does not fit 1 of 2 hosts: bad',
      }),
    );
    assertFits('0123456789abcdef', [hosts[0]!]);
  });
});

it.each([
  [pci('8086', '1521'), 'PCI 8086:1521 (network)', 'network'],
  [pci('15B3', '1015', '0C06'), 'PCI 15B3:1015 (InfiniBand)', 'InfiniBand'],
  [pci('8086', '8D31', '0C03'), 'PCI 8086:8D31', undefined],
  ['usb:v0BDAp8153d3000dc00dsc00dp00icFFiscFFip00in00', 'USB 0BDA:8153', undefined],
  ['acpi:PNP0C0C:', 'acpi:PNP0C0C:', undefined],
  [`cpu:type:x86,${'x'.repeat(80)}`, `cpu:type:x86,${'x'.repeat(44)}…`, undefined],
])('%s is %s', (modalias, text, kind) => {
  expect(describeDevice(modalias)).toBe(text);
  expect(essentialClass(modalias)).toBe(kind);
});
