import { describe, expect, it } from 'vitest';
import { bytesByPackage } from '../../../builder/report/contributors.ts';
import { renderSize, sizeReport } from '../../../builder/report/size.ts';
import { change, columns, size } from '../../../builder/report/text.ts';
import { facts, file, link, rules, UNLESS } from '../strip/root-fixture.ts';
import { image, MIB } from './image-fixture.ts';

const { manifest, contents } = image(
  {
    entries: [
      ...[file('usr/bin/app', 3 * MIB), file('usr/lib64/libbig.so.1.2', 8 * MIB)],
      ...[
        link('usr/lib64/libbig.so.1', 'libbig.so.1.2'),
        file('usr/share/doc/app', 2 * MIB),
        file('etc/made', 5),
      ],
    ],
    files: [facts('usr/bin/app', { libraries: ['libbig.so.1'] })],
    owners: {
      ...{ 'usr/bin/app': ['app'], 'usr/share/doc/app': ['app'] },
      ...{ 'usr/lib64/libbig.so.1': ['big'], 'usr/lib64/libbig.so.1.2': ['big'] },
    },
  },
  rules('drop usr/share/**', ['drop usr/lib64/**', UNLESS]),
  {
    strip: {
      ...{ filesRemoved: 1, bytesRemoved: 2 * MIB, idle: [], modulesKept: 0, modulesRemoved: 0 },
      ...{ firmwareAbsent: [], absentOnPurpose: [] },
      rules: [{ rule: 'r:0', verb: 'drop', because: 'reason 0', files: 1, bytes: 2 * MIB }],
    },
  },
);

const stages = [{ stage: 'strip', milliseconds: 1500, sizeBefore: 13 * MIB, sizeAfter: 11 * MIB }];

describe('size report', () => {
  it('bytes by package, before and after', () => {
    expect(bytesByPackage(contents)).toEqual([
      { name: 'big', before: 8 * MIB, after: 8 * MIB },
      { name: 'app', before: 5 * MIB, after: 3 * MIB },
      { name: '(made by the build)', before: 5, after: 5 },
    ]);
  });
  it('the largest that stay, each with its reason and what needs it, also through a link', () => {
    const report = sizeReport(manifest, contents, stages);
    expect(report.largestFiles.slice(0, 2)).toEqual([
      {
        ...{ name: '/usr/lib64/libbig.so.1.2', bytes: 8 * MIB, neededBy: ['/usr/bin/app'] },
        because: '/usr/lib64/libbig.so.1 needs it, so rule r:1 (drop: reason 1) spares it',
      },
      { name: '/usr/bin/app', bytes: 3 * MIB, because: 'no rule names it, so it stays', neededBy: [] },
    ]);
    expect(report.largestPackages[0]).toMatchObject({ name: 'big', bytes: 8 * MIB, neededBy: ['app'] });
    expect(report.root).toEqual({ before: 13 * MIB, after: 11 * MIB });
  });
  it('as a table', () => {
    const text = renderSize(sizeReport(manifest, contents, stages));
    expect(text).toContain('uncompressed');
    expect(text).toMatch(/8\.0 MiB {2}of 8\.0 MiB {2}big .*needed by app/);
    expect(text).toMatch(/2\.0 MiB {2}1 file {2}r:0 {2}drop: reason 0/);
    expect(text).toMatch(/strip {2}1\.5 s {2}13\.0 MiB → 11\.0 MiB/);
  });
});

describe('text', () => {
  it.each([
    [0, '0.0 MiB'],
    [512, '0.5 KiB'],
    [104_858, '0.1 MiB'],
    [-3 * MIB, '-3.0 MiB'],
  ])('%d bytes: %s', (bytes, text) => expect(size(bytes)).toBe(text));
  it.each([
    [0, '±0'],
    [MIB, '+1.0 MiB'],
    [-MIB, '−1.0 MiB'],
  ])('a change of %d bytes: %s', (bytes, text) => expect(change(bytes)).toBe(text));
  it('columns: numbers end, texts begin at one place', () => {
    expect(
      columns(
        [
          ['1', 'a', 'x'],
          ['10', 'bcd', ''],
        ],
        [0],
      ),
    ).toEqual([' 1  a    x', '10  bcd']);
  });
});
