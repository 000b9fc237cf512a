import { describe, expect, it } from 'vitest';
import type { PlacedRule } from '../../../builder/recipe/strip-rules.ts';
import { enabledUnits } from '../../../builder/strip/facts.ts';
import { FEATURES, featureNeeds } from '../../../builder/strip/features.ts';
import { HYPERVISOR } from '../../../builder/strip/needs.ts';
import { planStrip } from '../../../builder/strip/plan.ts';
import { assertProved, type Proof, prove } from '../../../builder/strip/proofs.ts';
import { EVEN_IF, facts, file, input, link, module, modulePath, type Root, rules } from './root-fixture.ts';

const UNIT = 'usr/lib/systemd/system/a.service';
const WANTS = 'etc/systemd/system/multi-user.target.wants/a.service';
const root: Root = {
  entries: [
    ...[file('usr/bin/app'), file('usr/lib64/libx.so.1'), file('usr/bin/bash'), link('usr/bin/sh', 'bash')],
    ...[file('usr/bin/script'), file(UNIT), link(WANTS, `/${UNIT}`), file('usr/sbin/daemon')],
    ...[file('etc/pam.d/sshd'), file('usr/lib64/security/pam_unix.so'), file('etc/nsswitch.conf')],
    ...[
      file('usr/lib64/libnss_systemd.so.2'),
      file('usr/lib/udev/rules.d/60.rules'),
      file('usr/lib/udev/scsi_id'),
    ],
    ...[file('usr/lib/firmware/nic.bin')],
  ],
  files: [
    facts('usr/bin/app', { libraries: ['libx.so.1'] }),
    facts('usr/bin/script', { interpreter: '/bin/sh' }),
    facts(UNIT, { programs: ['/usr/sbin/daemon'] }),
    facts('etc/pam.d/sshd', { pam: ['pam_unix.so'] }),
    facts('etc/nsswitch.conf', { nss: ['systemd'] }),
    facts('usr/lib/udev/rules.d/60.rules', { helpers: ['/usr/lib/udev/scsi_id'] }),
  ],
  modules: [
    module('kernel/nic', { depends: ['bus'], firmware: ['nic.bin', 'never.bin'] }),
    module('kernel/bus'),
  ],
};
const verdict = (placed: PlacedRule[], changed: Root = root) => {
  const given = input(changed, placed);
  return prove(planStrip(given), enabledUnits(given.entries));
};

describe('each proof fails on a rule made to break it, and names file, rule and mend', () => {
  it('nothing removed: nothing wrong', () => {
    expect(verdict([]).faults).toEqual([]);
  });
  it.each<[proof: Proof, rule: string, path: string, needs: string, mend: string]>([
    ['libraries', 'drop usr/lib64/libx.so.1', 'usr/bin/app', 'libx.so.1', 'keep: [usr/lib64/libx.so.1]'],
    ['interpreters', 'drop usr/bin/bash', 'usr/bin/script', '/bin/sh', 'keep: [usr/bin/sh]'],
    ['units', 'drop usr/sbin/*', UNIT, '/usr/sbin/daemon', 'keep: [usr/sbin/daemon]'],
    ['units', `drop ${UNIT}`, WANTS, `/${UNIT}`, `keep: [${UNIT}]`],
    ['modules', 'drop-module bus', modulePath('kernel/nic'), 'bus', 'keep-module: [bus]'],
    [
      'firmware',
      'drop usr/lib/firmware/**',
      modulePath('kernel/nic'),
      'nic.bin',
      'keep: [usr/lib/firmware/nic.bin]',
    ],
    [
      'services',
      'drop usr/lib64/security/*',
      'etc/pam.d/sshd',
      'pam_unix.so',
      'keep: [usr/lib64/security/pam_unix.so]',
    ],
    [
      'services',
      'drop usr/lib64/libnss*',
      'etc/nsswitch.conf',
      'systemd',
      'keep: [usr/lib64/libnss_systemd.so.2]',
    ],
    [
      'services',
      'drop usr/lib/udev/s*',
      'usr/lib/udev/rules.d/60.rules',
      '/usr/lib/udev/scsi_id',
      'keep: [usr/lib/udev/scsi_id]',
    ],
  ])('%s: %s', (proof, rule, path, needs, mend) => {
    const { faults } = verdict(rules(rule));
    expect(faults).toEqual([
      {
        ...{ proof, path, rule: 'r:0', mend: expect.stringContaining(mend) },
        message: `/${path} needs ${needs}, which rule r:0 removes (${rule.split(' ')[0]}: reason 0)`,
      },
    ]);
  });
  it('the mend mends', () => {
    const broken = rules('drop-module bus');
    expect(verdict([...broken, ...rules('keep-module bus')]).faults).toEqual([]);
    expect(verdict([...broken, ...rules('drop-module nic')]).faults).toEqual([]);
    expect(verdict(rules(['drop-module bus', EVEN_IF]))).toMatchObject({
      ...{ faults: [], onPurpose: [{ path: modulePath('kernel/nic'), name: 'bus', rule: 'r:0' }] },
    });
  });
  it('firmware that is not packaged, or absent on purpose, is listed and no fault', () => {
    expect(verdict(rules(['drop usr/lib/firmware/**', EVEN_IF])).firmwareAbsent).toEqual([
      { name: 'never.bin', drivers: ['nic'] },
      { name: 'nic.bin', drivers: ['nic'], rule: 'r:0' },
    ]);
  });
  it('what the root never had counts for libraries, interpreters and enabled units', () => {
    const lacking = (fact: object, path = 'usr/bin/app'): Root => ({
      entries: [file(path), link(WANTS, `/${UNIT}`)],
      files: [facts(path, fact)],
    });
    const told = (changed: Root) => verdict([], changed).faults.map(({ message }) => message);
    expect(told(lacking({ libraries: ['libz.so'] }))).toEqual([
      '/usr/bin/app needs libz.so, which no package of the recipe has',
    ]);
    expect(told(lacking({ interpreter: '/usr/bin/perl' }))).toHaveLength(1);
    expect(told(lacking({ programs: ['/x'] }, UNIT))).toHaveLength(1);
    expect(told(lacking({ programs: ['/x'] }, 'usr/lib/systemd/system/off.service'))).toEqual([]);
    expect(told(lacking({ pam: ['pam_x.so'] }, 'etc/pam.d/x'))).toEqual([]);
  });
});

describe('a hypervisor', () => {
  const raw = { entries: [], files: [], modules: [module('kernel/arch/x86/kvm/kvm')], libraryFolders: [] };
  it('needs each feature; one that is built in will do, some only where packaged', () => {
    const needs = featureNeeds({ ...raw, builtin: new Set(['xfs']) });
    expect(needs.find(({ name }) => name === 'KVM')?.providers).toEqual([
      modulePath('kernel/arch/x86/kvm/kvm'),
    ]);
    expect(needs.find(({ name }) => name === 'XFS')).toBeUndefined();
    expect(needs.find(({ name }) => name === 'Open vSwitch')).toBeUndefined();
    expect(needs.find(({ name }) => name === 'KVM on AMD')?.providers).toEqual([]);
  });
  it('for arm64 needs nothing that only x86 has', () => {
    const entries = [file('usr/lib/ld-linux-aarch64.so.1'), file('usr/share/edk2/aarch64/QEMU_EFI.fd')];
    const needs = featureNeeds({ ...raw, entries, builtin: new Set(['kvm']) });
    const names = needs.map(({ name }) => name);
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/^KVM|^BIOS of guests/)]));
    expect(needs.find(({ name }) => name === 'UEFI of guests')?.providers).toEqual([entries[1]!.path]);
  });
  it('names of features are told apart', () => {
    const names = FEATURES.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
  it('a rule that takes the last provider of a feature fails', () => {
    const given = input({ modules: raw.modules, entries: [file(HYPERVISOR)] }, rules('drop-module kvm'));
    const needs = new Map([[HYPERVISOR, featureNeeds({ ...raw, builtin: new Set() }).slice(0, 1)]]);
    const { faults } = prove(planStrip({ ...given, needs }), new Set());
    expect(faults).toMatchObject([
      {
        ...{ proof: 'hypervisor', rule: 'r:0' },
        message: 'a hypervisor needs KVM, which rule r:0 removes (drop-module: reason 0)',
        mend: expect.stringContaining('keep-module: [kvm]'),
      },
    ]);
  });
});

it('faults are one error with a mend each', () => {
  expect(() => assertProved({ faults: [], firmwareAbsent: [], onPurpose: [] })).not.toThrow();
  expect(() => assertProved(verdict(rules('drop-module bus')))).toThrow(
    expect.objectContaining({
      code: 'strip-breaks',
      message: expect.stringContaining('mend: after that rule'),
    }),
  );
});
