import { describe, expect, it } from 'vitest';
import { deb, entries, tables } from './fixture.ts';
import { mergeUsr, ownerOf, placePayload } from './layout.ts';
import { planBuilds } from './plan.ts';
import type { packageOf } from './tables.ts';

function place(
  paths: string[],
  definition: Parameters<typeof packageOf>[0] = {},
  layout: Parameters<typeof tables>[0]['layout'] = {},
  modules?: Map<string, string>,
) {
  const t = tables({ packages: { tool: definition }, layout });
  const build = planBuilds([deb('tool')], t)[0]!;
  return placePayload(entries(...paths), build, t.layout, modules);
}
const paths = (placed: ReturnType<typeof place>) => placed.map(({ path }) => path);

describe('where payload goes', () => {
  it.each([
    ['bin/ls', 'usr/bin/ls'],
    ['sbin', 'usr/sbin'],
    ['lib/udev/rules.d/1.rules', 'usr/lib/udev/rules.d/1.rules'],
    ['lib64/ld.so', 'usr/lib64/ld.so'],
    ['library/x', 'library/x'],
    ['usr/bin/ls', 'usr/bin/ls'],
  ])('%s → %s', (from, to) => {
    expect(mergeUsr(from)).toBe(to);
  });
  it('joins what was split between / and /usr; the first of two claims wins', () => {
    expect(paths(place(['bin/', 'bin/a', 'usr/bin/', 'usr/bin/a', 'usr/bin/b']))).toEqual([
      'usr/bin',
      'usr/bin/a',
      'usr/bin/b',
    ]);
  });
  it('drops by pattern, and the folders that become empty with it', () => {
    const layout = { drop: ['etc/init.d/**', 'usr/share/lintian/**'] };
    const payload = [
      'etc/',
      'etc/init.d/',
      'etc/init.d/x',
      'usr/share/lintian/',
      'usr/share/lintian/o/',
      'usr/share/lintian/o/x',
      'var/lib/x/',
    ];
    expect(paths(place(payload, {}, layout))).toEqual(['var/lib/x']);
  });
  it('leaves the shared folders and links to filesystem', () => {
    const layout = { folders: ['usr', 'usr/bin'], links: { 'var/run': '../run' } };
    expect(
      paths(place(['usr/', 'bin/', 'bin/x', 'var/run/', 'usr/lib/tool/', 'usr/lib/tool/y'], {}, layout)),
    ).toEqual(['usr/bin/x', 'usr/lib/tool', 'usr/lib/tool/y']);
  });
  it('moves by rule and remembers where a file came from', () => {
    const move = [
      { from: '^usr/lib/systemd/system/ssh\\.(service|socket)$', to: 'usr/lib/systemd/system/sshd.$1' },
    ];
    expect(place(['lib/systemd/system/ssh.service'], { move })).toMatchObject([
      {
        from: 'lib/systemd/system/ssh.service',
        path: 'usr/lib/systemd/system/sshd.service',
        packages: ['tool'],
      },
    ]);
  });
  it('makes a licence of a copyright file, so that it stays without documentation', () => {
    expect(paths(place(['usr/share/doc/libtool1/copyright', 'usr/share/doc/libtool1/README']))).toEqual([
      'usr/share/doc/libtool1/README',
      'usr/share/licenses/tool/copyright.libtool1',
    ]);
  });
  it('makes libraries executable, as rpm looks for dependencies in those only', () => {
    const modes = place(['usr/lib/x86_64-linux-gnu/liba.so.1.2', 'usr/lib/a.py', 'usr/share/a.so']);
    expect(modes.map(({ path, mode }) => [path, mode.toString(8)])).toEqual([
      ['usr/lib/a.py', '644'],
      ['usr/lib/x86_64-linux-gnu/liba.so.1.2', '755'],
      ['usr/share/a.so', '644'],
    ]);
  });
});

describe('which package owns a file', () => {
  const parts = { 'tool-log': { files: ['usr/sbin/logd'] }, 'tool-meta': { files: [] } };
  it('is the first part that names it, else the main package', () => {
    const placed = place(['usr/sbin/logd', 'usr/sbin/toold'], { parts });
    expect(placed.map((entry) => entry.packages[0])).toEqual(['tool-log', 'tool']);
  });
  it('is what the split of the kernel modules says', () => {
    const modules = new Map([['usr/lib/modules/6/kernel/a.ko', 'tool-log']]);
    const placed = place(['lib/modules/6/kernel/a.ko', 'lib/modules/6/kernel/b.ko'], { parts }, {}, modules);
    expect(placed.map((entry) => entry.packages[0])).toEqual(['tool-log', 'tool']);
  });
});

describe('folders', () => {
  it('belong to every package with something in them, and to the main one when empty', () => {
    const parts = { 'tool-a': { files: ['usr/lib/tool/a/*'] } };
    const placed = place(
      ['usr/lib/tool/', 'usr/lib/tool/a/', 'usr/lib/tool/a/x', 'usr/lib/tool/b', 'var/tool/'],
      { parts },
    );
    expect(Object.fromEntries(placed.map((entry) => [entry.path, entry.packages]))).toEqual({
      'usr/lib/tool': ['tool', 'tool-a'],
      'usr/lib/tool/a': ['tool-a'],
      'usr/lib/tool/a/x': ['tool-a'],
      'usr/lib/tool/b': ['tool'],
      'var/tool': ['tool'],
    });
  });
});

describe('owners of payload', () => {
  const names = { users: { '6': 'man' }, groups: { '42': 'shadow' } };
  it('are named by the table, root by nothing', () => {
    expect(ownerOf({ path: 'x', uid: 0, gid: 42 }, names)).toEqual({ group: 'shadow' });
    expect(ownerOf({ path: 'x', uid: 6, gid: 0 }, names)).toEqual({ user: 'man' });
    expect(ownerOf({ path: 'x', uid: 0, gid: 0 }, names)).toEqual({});
  });
  it('are refused when unknown', () => {
    expect(() => ownerOf({ path: 'x', uid: 0, gid: 77 }, names)).toThrow(
      '/x belongs to group 77, which has no name',
    );
  });
});
