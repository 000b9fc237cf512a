import { describe, expect, it } from 'vitest';
import { resolveLink } from '../../../builder/strip/entry.ts';
import { summarise } from '../../../builder/strip/plan.ts';
import {
  EVEN_IF,
  facts,
  file,
  folder,
  gone,
  link,
  module,
  modulePath,
  plan,
  rules,
  UNLESS,
} from './root-fixture.ts';

describe('plan', () => {
  it('gives each removal one rule, and names rules that matched nothing', () => {
    const root = { entries: [file('usr/share/doc/a'), file('usr/share/licenses/a'), file('usr/bin/a')] };
    const made = plan(root, rules('drop usr/share/**', 'keep usr/share/licenses/**', 'drop usr/games/**'));
    expect(made.removals).toEqual([{ path: 'usr/share/doc/a', kind: 'file', bytes: 10, rule: 0 }]);
    expect(Object.fromEntries(made.decisions)).toEqual({
      'usr/share/doc/a': { keep: false, why: 'rule', rule: 0 },
      'usr/share/licenses/a': { keep: true, why: 'rule', rule: 1 },
      'usr/bin/a': { keep: true, why: 'unnamed' },
    });
    expect(made.idle).toEqual([2]);
  });
  it('counts a file with two names when the last of them goes', () => {
    const entries = [file('a/1', 100, 7), file('a/2', 100, 7), file('a/3', 50, 8), file('b/3', 50, 8)];
    const { removals } = plan({ entries }, rules('drop a/**'));
    expect(removals.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['a/1', 0],
      ['a/2', 100],
      ['a/3', 0],
    ]);
    expect(summarise(removals)).toEqual([{ rule: 0, files: 3, bytes: 100 }]);
  });
  it('takes links along whose target goes, and links to those; not what a rule keeps', () => {
    const entries = [
      ...[file('usr/lib/libx.so.1.2'), link('usr/lib/libx.so.1', 'libx.so.1.2')],
      ...[link('usr/x', '/lib/libx.so.1'), link('usr/kept', 'lib/libx.so.1')],
    ];
    const made = plan({ entries }, rules('drop usr/lib/libx.so.1.2', 'keep usr/kept'));
    expect(made.removals.map(({ path, rule }) => [path, rule])).toEqual([
      ['usr/lib/libx.so.1.2', 0],
      ['usr/lib/libx.so.1', 0],
      ['usr/x', 0],
    ]);
    expect(made.unmet).toMatchObject([{ path: 'usr/kept', need: { kind: 'target' }, rule: 0 }]);
  });
  it('a folder is planned like a file; it goes only when nothing is left in it', () => {
    expect(gone({ entries: [folder('a'), folder('a/b'), file('a/b/c')] }, rules('drop a a/b'))).toEqual({
      ...{ a: 0, 'a/b': 0 },
    });
  });
});

describe('“unless needed”', () => {
  const root = {
    entries: [
      ...[
        file('usr/bin/app'),
        file('usr/bin/tool'),
        file('usr/lib64/liba.so.1.0'),
        link('usr/lib64/liba.so.1', 'liba.so.1.0'),
      ],
      ...[file('usr/lib64/libb.so.2'), file('usr/lib64/libc.so.3'), file('usr/lib64/private/libp.so.1')],
    ],
    files: [
      facts('usr/bin/app', { libraries: ['liba.so.1'], runpath: ['usr/lib64/private'] }),
      facts('usr/lib64/liba.so.1.0', { libraries: ['libb.so.2'] }),
      facts('usr/bin/tool', { libraries: ['libc.so.3'] }),
    ],
  };
  it('spares what is needed, along every step, and nothing else', () => {
    const made = plan(root, rules(['drop usr/lib64/**', UNLESS], 'drop usr/bin/tool'));
    expect(made.removals.map(({ path }) => path)).toEqual([
      'usr/bin/tool',
      'usr/lib64/libc.so.3',
      'usr/lib64/private/libp.so.1',
    ]);
    expect(made.decisions.get('usr/lib64/libb.so.2')).toEqual({
      ...{ keep: true, why: 'needed', rule: 0, by: 'usr/lib64/liba.so.1.0', kind: 'library' },
    });
    expect(made.unmet).toEqual([]);
  });
  it('a rule without it is final, and what it breaks is told', () => {
    const made = plan(root, rules('drop usr/lib64/libb.so.2'));
    expect(made.unmet).toMatchObject([
      {
        path: 'usr/lib64/liba.so.1.0',
        need: { kind: 'library', name: 'libb.so.2' },
        rule: 0,
        onPurpose: false,
      },
    ]);
  });
  it('“even if needed” says that it is meant', () => {
    expect(plan(root, rules(['drop usr/lib64/libb.so.2', EVEN_IF])).unmet).toMatchObject([
      { onPurpose: true },
    ]);
  });
  it('a library in a folder that the loader does not search is none, but for a run path and neighbours', () => {
    const wants = (path: string, runpath: string[]) => ({
      entries: [file(path), file('opt/x/libp.so.1')],
      files: [facts(path, { libraries: ['libp.so.1'], runpath })],
    });
    expect(plan(wants('usr/bin/app', []), []).unmet).toMatchObject([
      { need: { name: 'libp.so.1', providers: [] } },
    ]);
    expect(plan(wants('usr/bin/app', ['opt/x']), []).unmet).toEqual([]);
    expect(plan(wants('opt/x/liby.so', []), []).unmet).toEqual([]);
  });
});

describe('kernel modules and firmware', () => {
  const modules = [
    module('kernel/arch/x86/kvm/kvm', { depends: ['irqbypass'] }),
    module('kernel/arch/x86/kvm/kvm-amd', { depends: ['kvm', 'ccp'] }),
    module('kernel/virt/lib/irqbypass'),
    module('kernel/drivers/crypto/ccp/ccp', { depends: ['rng_core', 'inside'], firmware: ['amd/sev.sbin'] }),
    module('kernel/drivers/char/hw_random/rng-core'),
    module('kernel/drivers/net/bonding/bonding', { soft: ['pcrypt', 'nowhere'] }),
    module('kernel/crypto/pcrypt'),
    module('kernel/sound/snd', { depends: ['soundcore'], firmware: ['snd.bin'] }),
    module('kernel/sound/soundcore'),
  ];
  const entries = [
    ...[file('usr/lib/firmware/amd/v2.sbin'), link('usr/lib/firmware/amd/sev.sbin', 'v2.sbin')],
    ...[file('usr/lib/firmware/amd/v1.sbin'), file('usr/lib/firmware/snd.bin.xz')],
  ];
  const root = { modules, entries, builtin: ['inside'] };
  const base = [['drop-module **', UNLESS] as const, ['drop usr/lib/firmware/**', UNLESS] as const];

  it('hard and soft dependencies and firmware, behind links, stay with what is kept', () => {
    const made = gone(
      root,
      rules(...base.map(([t, m]): [string, object] => [t, m]), 'keep-module kvm-amd kernel/drivers/net/**'),
    );
    expect(made).toEqual({
      [modulePath('kernel/sound/snd')]: 0,
      [modulePath('kernel/sound/soundcore')]: 0,
      'usr/lib/firmware/amd/v1.sbin': 1,
      'usr/lib/firmware/snd.bin.xz': 1,
    });
  });
  it('compressed firmware satisfies, a pattern means every file it fits', () => {
    const nic = module('kernel/nic', { firmware: ['nic/a.bin', 'nic/fw-*.bin', 'nic/absent.bin'] });
    const files = ['nic/a.bin.xz', 'nic/fw-1.bin', 'nic/fw-2.bin.zst', 'gpu/x.bin'];
    const made = plan(
      { modules: [nic], entries: files.map((name) => file(`usr/lib/firmware/${name}`)) },
      rules(['drop usr/lib/firmware/**', UNLESS]),
    );
    expect(made.removals.map(({ path }) => path)).toEqual(['usr/lib/firmware/gpu/x.bin']);
    expect(made.unmet).toMatchObject([{ need: { name: 'nic/absent.bin', providers: [] } }]);
  });
  it('ends when modules need each other', () => {
    const ring = [
      module('kernel/x', { depends: ['y'] }),
      module('kernel/y', { depends: ['x'] }),
      module('kernel/z'),
    ];
    expect(gone({ modules: ring }, rules(['drop-module **', UNLESS], 'keep-module x'))).toEqual({
      [modulePath('kernel/z')]: 0,
    });
  });
});

it.each([
  ['usr/lib/a', 'b', 'usr/lib/b'],
  ['usr/lib/a', '../share/b', 'usr/share/b'],
  ['usr/lib/a', '/lib/b', 'usr/lib/b'],
  ['a', '/usr/./x//y', 'usr/x/y'],
])('link at %s to %s means %s', (path, target, expected) => {
  expect(resolveLink(path, target)).toBe(expected);
});
