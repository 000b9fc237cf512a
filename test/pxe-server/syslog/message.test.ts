import { describe, expect, it } from 'vitest';
import { parseSyslog } from '../../../pxe-server/syslog/message.ts';

const parse = (text: string | Buffer) => parseSyslog(Buffer.from(text));

describe('a message', () => {
  it.each<[string, string, [severity: number, program: string, text: string]]>([
    // RFC 3164 5.4, examples 1 and 2.
    [
      'of RFC 3164',
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
      [2, 'su', "'su root' failed for lonvick on /dev/pts/8"],
    ],
    ['without a head', '<13>Use the BFG!', [5, '', 'Use the BFG!']],
    // RFC 5424 6.5, examples 1, 2, 3 and 4.
    [
      'of RFC 5424',
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed",
      [2, 'su', "'su root' failed"],
    ],
    [
      'with a time zone',
      '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It’s time',
      [5, 'myproc', '%% It’s time'],
    ],
    [
      'with data',
      '<165>1 2003-10-11T22:14:15.003Z m.example evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"] An application event',
      [5, 'evntslog', 'An application event'],
    ],
    [
      'with data alone',
      '<165>1 2003-10-11T22:14:15.003Z m.example evntslog - ID47 [a@1 iut="3"][b@1 class="high"]',
      [5, 'evntslog', ''],
    ],
    ['with a bracket in data', '<165>1 - h app - - [a@1 x="]\\"] "][b@1] said', [5, 'app', 'said']],
    ['with data that never ends', '<165>1 - h app - - [a@1 x="', [5, 'app', '']],
    ['of nobody', '<14>1 - - - - - - text', [6, '', 'text']],
    // As rsyslog forwards it (RSYSLOG_TraditionalForwardFormat, RSYSLOG_ForwardFormat).
    [
      'of Anaconda',
      '<30>Nov 26 19:40:01 node1 anaconda[1503]: INF anaconda: Found a kickstart file',
      [6, 'anaconda', 'INF anaconda: Found a kickstart file'],
    ],
    [
      'of Anaconda, with another time',
      '<27>2026-11-26T19:40:01.123456+00:00 node1 program: mkfs failed',
      [3, 'program', 'mkfs failed'],
    ],
    [
      'of a kernel',
      '<6>Nov  6 09:40:01 localhost kernel: [   12.5] sd 0:0:0:0: done',
      [6, 'kernel', '[   12.5] sd 0:0:0:0: done'],
    ],
    ['with an empty tag', '<13>Nov 26 19:40:01 h : x', [5, '', ': x']],
    ['with its ends', '<13>a: b\r\n\0', [5, 'a', 'b']],
    ['of the gravest', '<0>x: y', [0, 'x', 'y']],
    ['of the highest', '<191>x: y', [7, 'x', 'y']],
  ])('%s', (_what, text, [severity, program, said]) => {
    expect(parse(text)).toEqual({ severity, program, text: said });
  });
  it.each([
    '',
    'text',
    '<',
    '<>',
    '<1',
    '<192>x',
    '<1234>x',
    '<-1>x',
    ' <13>x',
    '{"a":1}',
    'GET / HTTP/1.1\r\n',
  ])('is not: %j', (text) => expect(parse(text)).toBeUndefined());
  it('of any length is kept to some hundred characters', () => {
    expect(parse(`<13>app: ${'x'.repeat(60_000)}`)!.text).toHaveLength(600);
    expect(parse(`<13>1 - h ${'a'.repeat(60)} - - - x`)).toBeDefined();
  });
  it('of bytes that are no text is a text', () => {
    const bytes = Buffer.concat([Buffer.from('<13>a: '), Buffer.from([0xff, 0xfe, 0x80])]);
    expect(parse(bytes)!.text).toBe('\ufffd\ufffd\ufffd');
  });
});
