import { describe, expect, it } from 'vitest';
import { isAccepted, parseKickstart } from '../../../pxe-server/kickstart/parse.ts';
import { printKickstart } from '../../../pxe-server/kickstart/print.ts';
import type { Include } from '../../../pxe-server/kickstart/reader.ts';
import { RELEASES, type Release } from '../../../pxe-server/kickstart/releases.ts';
import { plainDocument } from './plain-document.ts';
import { samples } from './samples.ts';

const told = (text: string, release: Release = 'el9', include?: Include) =>
  parseKickstart(text, { release, ...(include ? { include } : {}) }).findings.map(
    ({ place, severity, code }) => `${place.line}:${place.column}-${place.end} ${severity} ${code}`,
  );

describe('places and codes', () => {
  it.each<[string, string, string[]]>([
    ['an unknown option', 'part / --sise=5', ['1:8-16 error option-unknown']],
    ['a short name that means two', 'firewall --enab', ['1:10-16 error option-ambiguous']],
    ['a short name that means one', 'part / --siz=5', []],
    ['a value in a word of its own', 'part / --size many', ['1:15-19 error value-invalid']],
    ['a flag with a value', 'zipl\nreboot --eject=1', ['2:8-17 error value-unexpected']],
    ['no value', 'url --url', ['1:5-10 error value-absent']],
    ['a number below nought is a value', 'part / --size -5', []],
    ['words too many', 'lang a b c', ['1:8-9 error word-unexpected', '1:10-11 error word-unexpected']],
    ['an unknown command', 'netwrok --device=a', ['1:1-8 error command-unknown']],
    ['a removed command', 'install', ['1:1-8 error command-removed']],
    ['a deprecated option', 'timezone --isUtc UTC', ['1:10-17 deprecation option-deprecated']],
    [
      'every error, not the first',
      'part\nfoo\nurl --x --url=u',
      ['1:1-5 error argument-absent', '2:1-4 error command-unknown', '3:5-8 error option-unknown'],
    ],
    ['a quote', '\npart "/', ['2:6-8 error quote-open']],
    ['a section that does not end', '%pre\nx\n%post\ny\n%end', ['1:1-5 error section-open']],
    [
      'an unknown section, and nothing of its body',
      '%foo\nbar "\n%end\ntext',
      ['1:1-5 error section-unknown'],
    ],
    ['%end alone', '%end', ['1:1-5 error section-unknown']],
    ['what looks like a section in a script', '%pre\n%foo\n100%\n%%post\n%end', []],
    ['commands that exclude each other', 'autopart\npart / --size=1', ['2:1-5 error commands-exclusive']],
    ['defined twice', 'repo --name=a\nrepo --name=a', ['2:1-5 warning defined-twice']],
    ['two swaps', 'part swap --size=1\npart swap --size=1', []],
    ['an include of the installer’s', '%include /tmp/x', ['1:10-16 warning include-unseen']],
    ['an include of nothing', '%include', ['1:1-9 error include-empty']],
    ['a byte order mark', '\ufefftext', ['1:1-6 error command-unknown']],
  ])('%s', (_what, text, findings) => {
    expect(told(text)).toEqual(findings);
  });
});

it('what is wrong is told by its nearest name', () => {
  const mends = parseKickstart('netwrok\npart / --sise=5\n%pots\n%end', { release: 'el9' }).findings;
  expect(mends.map(({ mend }) => mend)).toEqual([
    'did you mean network?',
    'did you mean --size?',
    'did you mean %post?',
  ]);
});

describe('%include of the server’s own files', () => {
  const files: Record<string, string> = {
    disks: 'part / --size=1\n%include more',
    more: '# more\nbogus\n',
    loop: 'text\n%include loop',
    body: 'echo in\n',
    open: '%pre\necho open\n',
  };
  const include: Include = (name) =>
    name.startsWith('/') ? 'elsewhere' : name in files ? { file: name, text: files[name]! } : 'absent';

  it('stands where it is included, with its own places', () => {
    const read = parseKickstart('text\n%include disks\nreboot', { release: 'el9', file: 'a', include });
    expect(read.nodes.map(({ is, line }) => `${is} ${line.file}:${line.number}`)).toEqual([
      'command a:1',
      'command disks:1',
      'comment more:1',
      'command a:3',
    ]);
    expect(read.findings[0]!.place).toEqual({ file: 'more', line: 2, column: 1, end: 6 });
  });
  it('is in scripts too, and %ksappend does the same', () => {
    const read = parseKickstart('%post\n%include body\n%ksappend body\n%end', { release: 'el9', include });
    const node = read.nodes[0]!;
    expect(node.is === 'section' && node.body.map(({ text }) => text)).toEqual(['echo in\n', 'echo in\n']);
  });
  it('may open what the file around it ends', () => {
    expect(told('%include open\n%end', 'el9', include)).toEqual([]);
  });
  it('ends when files include each other', () => {
    expect(told('%include loop', 'el9', include)).toEqual(['2:1-14 error include-too-deep']);
  });
  it('is an error when it is not there', () => {
    expect(told('%include absent', 'el9', include)).toEqual(['1:10-16 error include-absent']);
  });
});

describe('%packages', () => {
  it('reads packages, groups and environments', () => {
    const text = '%packages --inst-langs=cs\n@^env\n@core --nodefaults\n-@x y\nvim # best\n -nano\n%end';
    const node = parseKickstart(text, { release: 'el9' }).nodes[0]!;
    const packages = node.is === 'section' ? node.packages!.map(({ place: _, ...entry }) => entry) : [];
    expect(packages).toEqual([
      { what: 'environment', excluded: false, name: 'env' },
      { what: 'group', excluded: false, name: 'core', parts: 'nodefaults' },
      { what: 'group', excluded: true, name: 'x y' },
      { what: 'package', excluded: false, name: 'vim' },
      { what: 'package', excluded: true, name: 'nano' },
    ]);
  });
  it.each(['@', '@core --bogus', '@core --nodefaults --optional', '@"core'])('refuses %s', (line) => {
    expect(isAccepted(parseKickstart(`%packages\n${line}\n%end`, { release: 'el9' }))).toBe(false);
  });
});

describe.each(RELEASES)('%s', (release) => {
  it.each(Object.entries(samples))(
    'the sample %s is taken and printed as the same document',
    (_name, text) => {
      const read = parseKickstart(text, { release });
      expect(read.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      const printed = printKickstart(read);
      expect(plainDocument(parseKickstart(printed, { release }))).toEqual(plainDocument(read));
    },
  );
});

describe('time grows as the text does', () => {
  const LENGTH = 100_000;
  const times = (text: string) => text.repeat(Math.ceil(LENGTH / text.length));
  it.each<[string, (text: string) => string, string]>([
    ['quotes', (x) => `part ${x}`, `'a" `],
    ['words', (x) => `part ${x}`, 'a '],
    ['unknown options', (x) => `part ${x}`, '--sise '],
    ['a repeated option', (x) => `firewall ${x}`, '--service=a '],
    ['a list', (x) => `services --enabled=${x}`, 'a,'],
    ['a team', (x) => `network --teamslaves="${x}"`, `a'{}',`],
    ['unknown commands', (x) => x, 'netwrok\n'],
    ['partitions', (x) => x, 'part raid.1 --size=1 --ondisk=a\n'],
    ['sections', (x) => x, '%pre\n%end\n'],
    ['percent signs', (x) => `%pre\n${x}`, '%foo\n'],
    ['fetches', (x) => `%post\n${x}\n%end`, 'curl '],
    ['groups', (x) => `%packages\n${x}\n%end`, '@a b\n'],
    ['blanks', (x) => `part${x}`, ' '],
    ['backslashes', (x) => `part "${x}`, '\\'],
  ])('%s', async (_what, frame, unit) => {
    const { checkKickstart } = await import('../../../pxe-server/kickstart/check.ts');
    const best = (text: string) =>
      Math.min(
        ...[0, 1].map(() => {
          const before = process.threadCpuUsage();
          checkKickstart(text, { release: 'el9' });
          return process.threadCpuUsage(before).user / 1000;
        }),
      );
    const whole = frame(times(unit));
    const part = frame(times(unit).slice(0, LENGTH / 8));
    best(part);
    // Eight times the text: sixty-four times the time, were it quadratic; milliseconds of the processor.
    expect(best(whole)).toBeLessThan(25 * best(part) + 200);
  });
});
