import { describe, expect, it } from 'vitest';
import { driverFinder, fnmatchToRegExp } from '../../../builder/fleet/match.ts';

describe('fnmatch', () => {
  it.each([
    ['pci:v00008086d*', 'pci:v00008086d00001521sv', true],
    ['pci:v00008086d*', 'pci:v00008087d00001521sv', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a*c', 'a/b/c', true],
    ['d00[0-9]x', 'd005x', true],
    ['d00[0-9A-F]x', 'd00Gx', false],
    ['[!ab]c', 'xc', true],
    ['[!ab]c', 'ac', false],
    ['[]x]c', ']c', true],
    ['[abc', '[abc', true],
    ['a.c', 'abc', false],
    ['a\\*c', 'a*c', true],
    ['a\\*c', 'abc', false],
    ['(a|b)+', 'a', false],
    ['a', 'a\n', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(fnmatchToRegExp(pattern).test(text)).toBe(expected);
  });
});

describe('drivers of a device', () => {
  const driversOf = driverFinder([
    {
      name: 'igb',
      aliases: ['pci:v00008086d00001521sv*sd*bc*sc*i*', 'pci:v00008086d00001522sv*sd*bc*sc*i*'],
    },
    { name: 'ahci', aliases: ['pci:v00008086d00002922sv*sd*bc*sc*i*', 'pci:v*d*sv*sd*bc01sc06i01*'] },
    { name: 'pata_acpi', aliases: ['pci:v*d*sv*sd*bc01sc06i*'] },
    { name: 'ipmi_si', aliases: ['acpi*:IPI0001:*', 'ipmi-si'] },
    { name: 'wdt', aliases: ['platform:iTCO-wdt'] },
    { name: 'aes', aliases: ['cpu:type:x86,ven*fam*mod*:feature:*0099*'] },
    { name: 'plain', aliases: [] },
  ]);
  const names = (modalias: string) => driversOf(modalias).map(({ name }) => name);
  it.each([
    ['pci:v00008086d00001521sv00001028sd00001F9Abc02sc00i00', ['igb']],
    ['pci:v00008086d00008D62sv00001028sd00000600bc01sc06i01', ['ahci', 'pata_acpi']],
    ['pci:v00008086d00009999sv00000000sd00000000bc06sc00i00', []],
    ['acpi:IPI0001:', ['ipmi_si']],
    ['acpi:PNP0A08:IPI0001:', ['ipmi_si']],
    ['acpi:IPI00012:', []],
    ['acpiX:IPI0001:', ['ipmi_si']],
    ['platform:iTCO_wdt', ['wdt']],
    ['platform:iTCO-wdt', ['wdt']],
    ['platform:iTCO_wdt2', []],
    ['cpu:type:x86,ven0000fam0006mod009E:feature:,0001,0099,00C0', ['aes']],
    ['ipmi_si', ['ipmi_si']],
  ])('%s', (modalias, expected) => {
    expect(names(modalias)).toEqual(expected);
    expect(names(modalias)).toEqual(expected);
  });
});
