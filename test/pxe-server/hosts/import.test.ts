import { describe, expect, it } from 'vitest';
import { parseHosts } from '../../../pxe-server/hosts/import.ts';

describe('parseHosts', () => {
  it('CSV with quotes and several MACs', () => {
    const text =
      'name,macs,serial,rack,unit,arm\nn1,"52-54-00-AA-00-01 52:54:00:aa:00:02","S ""1"", x",r1,7,once\n\n';
    expect(parseHosts(text, 'csv', 'f.csv')).toEqual([
      {
        name: 'n1',
        macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'],
        serial: 'S "1", x',
        rack: 'r1',
        unit: 7,
        arm: 'once',
        kernelArguments: [],
      },
    ]);
  });
  it('MACs as switches, labels and people write them', () => {
    const written = ['52-54-00-AA-00-01', '5254.00aa.0002', '525400AA0003', '5254-00aa-0004'];
    expect(parseHosts(`name,macs\nn1,${written.join(' ')}\n`, 'csv', 'f')[0]?.macs).toEqual(
      [1, 2, 3, 4].map((n) => `52:54:00:aa:00:0${n}`),
    );
    for (const odd of ['5254.00aa.000', '52540:0aa0001', '525400aa00011', '52.54.00.aa.00.01:'])
      expect(() => parseHosts(`name,macs\nn1,${odd}\n`, 'csv', 'f')).toThrow(/expected a MAC/);
  });
  it('CSV as spreadsheets write it: byte order mark, CRLF, quotes around all', () => {
    const text = '\ufeff"name","rack"\r\n"n1","r1"\r\n';
    expect(parseHosts(text, 'csv', 'f.csv')).toMatchObject([{ name: 'n1', rack: 'r1' }]);
  });
  it('CSV: an installer, and yes or no as spreadsheets and people write it', () => {
    const rows = ['yes', 'true', 'TRUE', 'no', 'false', 'FALSE', ''].map((word, i) => `n${i},el9,${word}`);
    const hosts = parseHosts(`name,installer,secureBoot\n${rows.join('\n')}\n`, 'csv', 'f.csv');
    const [yes, no] = [true, false];
    expect(hosts.map(({ secureBoot }) => secureBoot)).toEqual([yes, yes, yes, no, no, no, undefined]);
    expect(hosts[0]).toMatchObject({ installer: 'el9' });
  });
  it('YAML', () => {
    expect(parseHosts('hosts:\n  - name: n1\n', 'yaml', 'f.yaml')).toMatchObject([
      { name: 'n1', arm: 'off' },
    ]);
  });
  it.each([
    ['csv', 'name,colour\nn1,red\n', /f:1: unknown column colour/],
    ['csv', 'name;macs\nn1;x\n', /f:1: unknown column name;macs/],
    ['csv', `name,${'\x1b'.repeat(5000)}\n`, /^f:1: unknown column .{40}…$/],
    ['csv', 'name,secureBoot\nn1,maybe\n', /^f:2: secureBoot: expected yes or no$/],
    ['csv', 'name,unit\nn1,x\n', /^f:2: unit: expected a whole number from 1 to 100$/],
    ['csv', 'name,rack,rack\nn1,a,b\n', /f:1: column rack is there twice/],
    ['csv', '', /f: empty/],
    ['csv', 'name,macs\nn1,52:54:00:00:00:01\nn2,zz\n', /f:3: macs\.0: expected a MAC/],
    ['csv', 'name\nn1,extra\n', /f:2: more fields/],
    ['csv', 'name,serial\nn1,"open\n', /f:2: a quote is not closed/],
    ['yaml', 'hosts:\n  - name: n1\n    colour: red\n', /f:3: hosts\.0: Unrecognized key: "colour"/],
    ['yaml', 'hosts:\n  - name: n1\n  - name: n1\n', /name n1 is used by n1 and n1/],
  ] as const)('%s %.40j is refused with its line', (format, text, pattern) => {
    expect(() => parseHosts(text, format, 'f')).toThrow(
      expect.objectContaining({ message: expect.stringMatching(pattern) }),
    );
  });
  it('CSV: every fault of every line is told, up to twenty lines', () => {
    const told = (text: string) => {
      try {
        return String(parseHosts(text, 'csv', 'f'));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(told('name,macs,arm\nn1,zz,never\nn2,,\nN3,,off,more\n').split('\n')).toEqual([
      expect.stringMatching(/^f:2: macs\.0: expected a MAC/),
      expect.stringMatching(/^f:2: arm: /),
      'f:4: name: expected a DNS name in lower case',
      'f:4: more fields than the first line names',
    ]);
    const many = told(`name\n${'N\n'.repeat(100)}`).split('\n');
    expect([many.length, many.at(-1)]).toEqual([21, 'f: and 80 more']);
  });
  it('CSV with other separators: the mend says so', () => {
    for (const text of ['name;macs\n', 'name\tmacs\n'])
      expect(() => parseHosts(text, 'csv', 'f')).toThrow(
        expect.objectContaining({
          mend: expect.stringMatching(/^separate the fields by commas; columns: name, /),
        }),
      );
  });
});
