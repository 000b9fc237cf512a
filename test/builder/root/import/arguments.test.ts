import { describe, expect, it } from 'vitest';
import {
  copyArguments,
  listArguments,
  packagesArguments,
  unpackArguments,
} from '../../../../builder/root/import/arguments.ts';
import { parsePackages } from '../../../../builder/root/import/import.ts';
import { MARKS, whiteouts } from '../../../../builder/root/import/whiteouts.ts';

describe('argument lists', () => {
  it('unpack with owners, labels and capabilities, and without what belongs to a machine', () => {
    expect(unpackArguments('/a.tar', '/r', MARKS)).toEqual([
      ...['tar', '--extract', '--file=/a.tar', '--directory=/r', '--numeric-owner', '--same-owner'],
      ...['--preserve-permissions', '--delay-directory-restore'],
      ...['--xattrs', '--xattrs-include=*', '--xattrs-exclude=trusted.*', '--anchored', '--wildcards'],
      ...['dev', 'proc', 'sys', 'run'].flatMap((name) => [
        `--exclude=${name}/*`,
        `--exclude=./${name}/*`,
        `--exclude=/${name}/*`,
      ]),
      ...['--exclude=.wh.*', '--exclude=*/.wh.*'],
    ]);
  });
  it('list names as they are', () => {
    expect(listArguments('/a.tar')).toEqual([
      ...['tar', '--list', '--file=/a.tar', '--absolute-names', '--quoting-style=literal'],
    ]);
  });
  it('copy one file system', () => {
    expect(copyArguments('/from', '/to')).toEqual([
      ...['cp', '--archive', '--one-file-system', '--reflink=auto', '--', '/from/.', '/to'],
    ]);
  });
  it('read the package database', () => {
    expect(packagesArguments('/r')).toEqual([
      ...['rpm', '--root=/r', '-qa', '--qf'],
      '%{NAME}|%{EPOCHNUM}|%{VERSION}|%{RELEASE}|%{ARCH}|%{SIZE}|%{BUILDTIME}|%{SHA256HEADER}\\n',
    ]);
  });
});

it('packages of a database come in order, and keys are none', () => {
  const rows =
    'b|0|2|1|noarch|30|1700000000|ff00\ngpg-pubkey|0|a|b|(none)|0|1|(none)\na|1|1|1|x86_64|20|1600000000|aa\n';
  expect(parsePackages(rows)).toEqual([
    {
      ...{ name: 'a', epoch: 1, version: '1', release: '1', arch: 'x86_64', repository: 'root' },
      ...{ checksum: 'header:aa', size: 0, location: '', installSize: 20, buildTime: 1600000000 },
    },
    {
      ...{ name: 'b', epoch: 0, version: '2', release: '1', arch: 'noarch', repository: 'root' },
      ...{ checksum: 'header:ff00', size: 0, location: '', installSize: 30, buildTime: 1700000000 },
    },
  ]);
});

describe('a layer’s marks', () => {
  it('take a file, a folder, or what was in a folder', () => {
    expect(whiteouts(['./etc/.wh.passwd', 'usr/.wh.share', 'var/.wh..wh..opq', 'usr/bin/tool', ''])).toEqual({
      removed: ['etc/passwd', 'usr/share'],
      emptied: ['var'],
    });
  });
  it('at the top of the root', () => {
    expect(whiteouts(['.wh.file', '.wh..wh..opq'])).toEqual({ removed: ['file'], emptied: [''] });
  });
  it.each(['../.wh.etc', 'a/../../.wh.b', 'a/.wh...', 'a/.wh.', '.wh..wh.plnk/1'])(
    '%s takes nothing',
    (member) => {
      expect(whiteouts([member])).toEqual({ removed: [], emptied: [] });
    },
  );
});
