import { describe, expect, it } from 'vitest';
import { fileLines, rpmGlob } from './files.ts';
import { Part } from './tables.ts';

describe('%files', () => {
  it.each([
    [{ path: 'usr/bin/jq', kind: 'file' }, '/usr/bin/jq'],
    [{ path: 'usr/lib/tool', kind: 'directory' }, '%dir /usr/lib/tool'],
    [{ path: 'etc/tool.conf', kind: 'file', config: true }, '%config(noreplace) /etc/tool.conf'],
    [{ path: 'etc/mtab', kind: 'link', config: true }, '/etc/mtab'],
    [{ path: 'usr/share/doc/a/README', kind: 'file' }, '%doc /usr/share/doc/a/README'],
    [{ path: 'usr/share/man/man1/a.1.gz', kind: 'file' }, '%doc /usr/share/man/man1/a.1.gz'],
    [
      { path: 'usr/share/man/pt_BR/man1/a.1.gz', kind: 'file' },
      '%doc %lang(pt_BR) /usr/share/man/pt_BR/man1/a.1.gz',
    ],
    [
      { path: 'usr/share/locale/sr@latin', kind: 'directory' },
      '%dir %lang(sr@latin) /usr/share/locale/sr@latin',
    ],
    [{ path: 'usr/share/licenses/a/x', kind: 'file' }, '%license /usr/share/licenses/a/x'],
    [{ path: 'usr/bin/chage', kind: 'file', group: 'shadow' }, '%attr(-, root, shadow) /usr/bin/chage'],
  ] as const)('%o', (entry, line) => {
    expect(fileLines([entry], Part.parse({}))).toEqual([line]);
  });
  it('lets the table give owner and mode, and lists ghosts last', () => {
    const part = Part.parse({
      own: { 'var/lib/nfs/{sm,state}': { user: 'statd' }, 'etc/hwdb.bin': { mode: '0444' } },
      ghost: ['etc/hwdb.bin', 'proc/'],
    });
    expect(fileLines([{ path: 'var/lib/nfs/sm', kind: 'directory' }], part)).toEqual([
      '%dir %attr(-, statd, root) /var/lib/nfs/sm',
      '%ghost %attr(0444, root, root) /etc/hwdb.bin',
      '%ghost %dir /proc',
    ]);
  });
  it('turns what rpm takes for a pattern into one that matches it', () => {
    expect(rpmGlob('usr/bin/[')).toBe('usr/bin/?');
    expect(rpmGlob('a b{c}*%d')).toBe('a?b?c??%%d');
  });
});
