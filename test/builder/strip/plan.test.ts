import { describe, expect, it } from 'vitest';
import { StripRules } from '../../../builder/recipe/schema.ts';
import { type Entry, planStrip, resolveLink, summarise } from '../../../builder/strip/plan.ts';
import { assertWhole, execPaths, findBroken } from '../../../builder/strip/proofs.ts';

const file = (path: string, size = 10, inode = 0): Entry => ({
  path,
  kind: 'file',
  size,
  mode: 0o644,
  inode,
});
const link = (path: string, target: string): Entry => ({
  ...{ path, kind: 'link', size: 0, mode: 0o777, inode: 0, target },
});

const NO_MODULES = { modules: [], builtin: new Set<string>() };
const rules = (text: unknown) => StripRules.parse({ modules: [], ...(text as object) });

describe('plan', () => {
  it('gives each removal one rule and its reason, and names rules that matched nothing', () => {
    const plan = planStrip({
      entries: [file('usr/share/doc/a'), file('usr/share/licenses/a'), file('usr/bin/a')],
      owners: new Map(),
      ...NO_MODULES,
      rules: rules({
        files: [
          { name: 'licences', reason: 'law', keep: ['usr/share/licenses/**'] },
          { name: 'docs', reason: 'nobody reads', drop: ['usr/share/**'] },
          { name: 'games', reason: 'no games', drop: ['usr/games/**'] },
        ],
      }),
    });
    expect(plan.removals).toEqual([
      {
        ...{ path: 'usr/share/doc/a', kind: 'file', bytes: 10 },
        ...{ rule: 'docs', reason: 'nobody reads', after: 'strip' },
      },
    ]);
    expect(plan.idle).toEqual(['games']);
  });

  it('counts a file with two names when the last of them goes', () => {
    const drop = [{ name: 'd', reason: 'r', drop: ['a/**'] }];
    const entries = [file('a/1', 100, 7), file('a/2', 100, 7), file('a/3', 50, 8), file('b/3', 50, 8)];
    const plan = planStrip({ entries, owners: new Map(), ...NO_MODULES, rules: rules({ files: drop }) });
    expect(plan.removals.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['a/1', 0],
      ['a/2', 100],
      ['a/3', 0],
    ]);
    expect(summarise(plan.removals)).toEqual([{ rule: 'd', files: 3, bytes: 100 }]);
  });

  it('takes links along whose target goes, and links to those', () => {
    const plan = planStrip({
      entries: [
        file('usr/lib/libx.so.1.2'),
        link('usr/lib/libx.so.1', 'libx.so.1.2'),
        link('usr/x', '/lib/libx.so.1'),
      ],
      owners: new Map(),
      ...NO_MODULES,
      rules: rules({
        files: [{ name: 'x', reason: 'r', drop: ['usr/lib/libx.so.1.2'], after: 'initramfs' }],
      }),
    });
    expect(plan.removals.map(({ path, rule, after }) => [path, rule, after])).toEqual([
      ['usr/lib/libx.so.1.2', 'x', 'initramfs'],
      ['usr/lib/libx.so.1', 'x', 'initramfs'],
      ['usr/x', 'x', 'initramfs'],
    ]);
  });

  it('keeps firmware of kept modules with what its links point to', () => {
    const nic = {
      ...{ file: 'usr/lib/modules/6.1/kernel/nic.ko', name: 'nic', depends: [], soft: [] },
      firmware: ['nic/current.bin'],
    };
    const plan = planStrip({
      entries: [
        file('usr/lib/firmware/nic/v2.bin'),
        link('usr/lib/firmware/nic/current.bin', 'v2.bin'),
        file('usr/lib/firmware/nic/v1.bin'),
        file('usr/lib/modules/6.1/kernel/nic.ko'),
        file('usr/lib/modules/6.1/kernel/snd.ko'),
      ],
      owners: new Map(),
      modules: [
        nic,
        { ...nic, file: 'usr/lib/modules/6.1/kernel/snd.ko', name: 'snd', firmware: ['snd.bin'] },
      ],
      builtin: new Set(),
      rules: rules({ files: [], modules: [{ reason: 'nics', keep: ['kernel/nic'] }] }),
    });
    expect(plan.removals.map(({ path, rule }) => [path, rule])).toEqual([
      ['usr/lib/firmware/nic/v1.bin', 'firmware'],
      ['usr/lib/modules/6.1/kernel/snd.ko', 'modules'],
    ]);
    expect(plan.firmwareAbsent).toEqual([]);
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

describe('proofs', () => {
  const removal = (path: string) => ({
    ...{ path, kind: 'file' as const, bytes: 1, rule: 'r', reason: 'x', after: 'strip' as const },
  });
  const entries = [
    file('usr/bin/app'),
    file('usr/lib/libx.so.1'),
    file('usr/bin/bash'),
    link('usr/bin/sh', 'bash'),
    file('usr/lib/systemd/system/a.service'),
    link('etc/systemd/system/multi-user.target.wants/a.service', '/usr/lib/systemd/system/a.service'),
  ];
  const needs = [
    { path: 'usr/bin/app', libraries: ['libx.so.1', 'never-there.so'], programs: [] },
    { path: 'usr/lib/systemd/system/a.service', libraries: [], programs: ['/bin/sh'] },
  ];
  it.each<[what: string, gone: string[], broken: string[]]>([
    ['nothing removed', [], []],
    ['a library', ['usr/lib/libx.so.1'], ['/usr/bin/app needs libx.so.1, which rule "r" removes']],
    ['a library and its user', ['usr/lib/libx.so.1', 'usr/bin/app'], []],
    [
      'the shell behind a link',
      ['usr/bin/bash'],
      ['/usr/lib/systemd/system/a.service needs /bin/sh, which rule "r" removes'],
    ],
    [
      'an enabled unit',
      ['usr/lib/systemd/system/a.service'],
      [
        '/etc/systemd/system/multi-user.target.wants/a.service enables /usr/lib/systemd/system/a.service, which rule "r" removes',
      ],
    ],
  ])('%s', (_, gone, broken) => {
    expect(findBroken(entries, gone.map(removal), needs)).toEqual(broken);
  });
  it('a broken root is an error that says where', () => {
    expect(() => assertWhole([])).not.toThrow();
    expect(() => assertWhole(['/usr/bin/app needs libx'])).toThrow(
      'the strip rules would break what stays:\n/usr/bin/app needs libx',
    );
  });
  it('programs of a unit, without systemd’s prefixes', () => {
    const unit =
      '[Service]\nExecStart=-/usr/bin/a --x\nExecStartPre=+/usr/bin/b\nExecReload=@/c d\nExec=/e\n';
    expect(execPaths(unit)).toEqual(['/usr/bin/a', '/usr/bin/b', '/c']);
  });
});
