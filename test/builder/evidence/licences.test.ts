import { describe, expect, it } from 'vitest';
import { licenceIndex, missingTexts, textPaths, withoutText } from '../../../builder/evidence/licences.ts';
import { archiveArguments, documentArguments } from '../../../builder/evidence/texts.ts';
import { installed } from './fixture.ts';

const listed = (...rows: [string, string, string][]) =>
  rows.map((row) => `${row.join('\u001f')}\u001e`).join('');

describe('a licence text', () => {
  it.each([
    ['/usr/share/licenses/bash/COPYING', 'l'],
    ['/opt/tool/EULA', 'l'],
    ['/usr/share/licenses/bash/notes', ''],
    ['/usr/share/doc/bash/COPYING', 'd'],
    ['/usr/share/doc/bash-5.1/COPYING.LIB', 'd'],
    ['/usr/share/doc/libfoo1/copyright', 'd'],
    ['/usr/share/doc/foo/LICENSE-MIT.txt', 'd'],
    ['/usr/share/doc/foo/licence.gz', 'd'],
    ['/usr/share/doc/foo/NOTICE', 'd'],
  ])('is %s with flags "%s"', (path, flags) => {
    expect(textPaths(listed(['foo', path, flags]))).toEqual([{ package: 'foo', path: path.slice(1) }]);
  });
  it.each([
    ['/usr/bin/bash', ''],
    ['/usr/share/doc/bash/README', 'd'],
    ['/usr/share/doc/bash/COPYINGS-list', 'd'],
    ['/usr/share/doc/foo/examples/debian/copyright', 'd'],
    ['/etc/LICENSE', 'c'],
    ['/usr/share/licenses/foo/LICENSE', 'lg'],
  ])('is not %s with flags "%s"', (path, flags) => {
    expect(textPaths(listed(['foo', path, flags]))).toEqual([]);
  });
});

describe('the index', () => {
  const packages = [
    installed('kernel-core', { sourceRpm: 'kernel-1.src.rpm', licence: 'GPLv2' }),
    installed('kernel-modules', { sourceRpm: 'kernel-1.src.rpm' }),
    installed('lone', { sourceRpm: 'lone-1.src.rpm' }),
    installed('nameless'),
  ];
  const index = licenceIndex(packages, [
    { package: 'kernel-core', path: 'usr/share/licenses/kernel-core/b', file: 'texts/2' },
    { package: 'kernel-core', path: 'usr/share/licenses/kernel-core/a', file: 'texts/1' },
  ]);
  it('covers a package by its own texts, or by those of its source, or says that there are none', () => {
    const texts = [
      { path: 'usr/share/licenses/kernel-core/a', file: 'texts/1' },
      { path: 'usr/share/licenses/kernel-core/b', file: 'texts/2' },
    ];
    const version = '1~rc1-2.el9+5';
    expect(index).toEqual({
      schema: 1,
      packages: [
        { package: 'kernel-core', version, licence: 'GPLv2', from: 'itself', texts },
        { package: 'kernel-modules', version, licence: null, from: 'source', texts },
        { package: 'lone', version, licence: null, from: 'nothing', texts: [] },
        { package: 'nameless', version, licence: null, from: 'nothing', texts: [] },
      ],
    });
  });
  it('tells in one line of whom no text is known', () => {
    expect(missingTexts(withoutText(index))).toEqual(['no licence text is known of lone, nameless']);
    const many = Array.from({ length: 12 }, (_, i) => `p${i}`);
    expect(missingTexts(many)).toEqual([expect.stringMatching(/ p9 and 2 more$/)]);
    expect(missingTexts([])).toEqual([]);
  });
});

it('the archive bears no trace of who made it when', () => {
  expect(archiveArguments('/w', '/w/licences.tar', 5)).toEqual([
    ...['tar', '--create', '--file=/w/licences.tar', '--directory=/w', '--format=ustar', '--sort=name'],
    ...['--mtime=@5', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX', 'licences'],
  ]);
});
it('documents are unpacked without owners, wherever their paths begin', () => {
  expect(documentArguments('/w/a.tgz', '/w/tree')).toEqual([
    ...['tar', '--extract', '--gzip', '--file=/w/a.tgz', '--directory=/w/tree', '--no-same-owner'],
    ...['--wildcards', '--no-anchored', 'usr/share/doc/*'],
  ]);
});
