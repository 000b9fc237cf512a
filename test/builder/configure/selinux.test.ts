import { describe, expect, it } from 'vitest';
import {
  booleansLocal,
  effectiveMode,
  policyOf,
  selinuxConfig,
  semanageConfig,
  semoduleArguments,
} from '../../../builder/configure/selinux.ts';
import { RackhandError } from '../../../builder/shared/errors.ts';

describe('SELinux of an image', () => {
  it.each([
    ['SELINUX=enforcing\nSELINUXTYPE=targeted\n', 'targeted', []],
    ['# SELINUXTYPE=minimum\nSELINUXTYPE=default\n', 'default', ['debian.cil']],
    ['SELINUXTYPE=mls\n', 'mls', []],
  ])('policy of %j', (config, type, modules) => {
    expect(policyOf(config)).toMatchObject({ type, modules });
  });
  it.each([undefined, '', 'SELINUX=disabled\n'])('without a policy (%j) says what to add', (config) => {
    expect(() => policyOf(config)).toThrow(RackhandError);
    expect(() => policyOf(config)).toThrow(/no SELinux policy/);
  });
  it.each([
    ['enforcing', true, 'enforcing'],
    ['enforcing', false, 'permissive'],
    ['permissive', false, 'permissive'],
    ['disabled', false, 'disabled'],
    ['disabled', true, 'disabled'],
  ] as const)('%s, labels can be written: %s → %s', (wanted, canLabel, mode) => {
    expect(effectiveMode(wanted, canLabel)).toBe(mode);
  });
  it('is written where the kernel, the agent and semodule read it', () => {
    expect(selinuxConfig('enforcing', 'targeted')).toBe('SELINUX=enforcing\nSELINUXTYPE=targeted\n');
    const policy = {
      type: 'default',
      booleans: { virt_use_nfs: true, virt_use_usb: false },
      modules: ['a.cil'],
    };
    expect(booleansLocal(policy)).toBe('# Rackhand\nvirt_use_nfs=1\nvirt_use_usb=0\n');
    expect(semoduleArguments(policy, '/m')).toEqual([
      ...['semodule', '-n', '-s', 'default', '-X', '400', '-i/m/a.cil'],
    ]);
    // "-B" does not go with "-i", which rebuilds as well.
    expect(semoduleArguments({ ...policy, modules: [] }, '/m').at(-1)).toBe('-B');
  });
  it('leaves the expressions of the labels uncompiled, unless the root says otherwise', () => {
    const block = '[sefcontext_compile]\npath = /usr/sbin/sefcontext_compile\nargs = -r $@\n[end]\n';
    expect(semanageConfig('module-store = direct\n\n\n')).toBe(`module-store = direct\n\n${block}`);
    const own = 'module-store = direct\n[sefcontext_compile]\nargs = $@\n[end]\n';
    expect(semanageConfig(own)).toBe(own);
  });
});
