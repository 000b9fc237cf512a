import { describe, expect, it } from 'vitest';
import { SyslogFrames } from '../../../pxe-server/syslog/frames.ts';
import { seeded } from '../../shared/random.ts';

/** Messages that come out, pushed in pieces that end at these places. */
function framed(stream: string | Buffer, cut: (at: number) => number = () => 1 << 20): string[] {
  const bytes = Buffer.from(stream);
  const frames = new SyslogFrames();
  const out: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + Math.max(1, cut(at)));
    frames.push(bytes.subarray(at, end), (message) => out.push(message.toString()));
    at = end;
  }
  return out;
}

const STREAMS: [string, string, string[]][] = [
  ['lines', '<6>a\n<6>b\n', ['<6>a', '<6>b']],
  ['lines that end in NUL', '<6>a\0<6>b\0', ['<6>a', '<6>b']],
  ['empty lines', '\n\n<6>a\n\n', ['<6>a']],
  ['counted (RFC 6587 3.4.1)', '4 <6>a6 <6>b\nc', ['<6>a', '<6>b\nc']],
  ['counted, then lines', '4 <6>a<6>b\n', ['<6>a', '<6>b']],
  ['a line that begins with a number', '12 monkeys\n<6>a\n', ['12 monkeys', '<6>a']],
  ['a number alone', '7\n<6>a\n', ['7', '<6>a']],
  ['a line that has not ended', '<6>a\n<6>b', ['<6>a']],
  ['a line beyond what is kept', `<6>${'x'.repeat(9000)}\n<6>b\n`, [`<6>${'x'.repeat(8189)}`, '<6>b']],
  ['counted beyond it', `9003 <6>${'x'.repeat(9000)}4 <6>b`, [`<6>${'x'.repeat(8189)}`, '<6>b']],
];

describe.each(STREAMS)('a stream of %s', (_what, stream, messages) => {
  it('in one piece', () => expect(framed(stream)).toEqual(messages));
  it('byte by byte', () => expect(framed(stream, () => 1)).toEqual(messages));
  it('in pieces of any size', () => {
    const random = seeded(6587);
    for (let n = 0; n < (stream.length > 1000 ? 5 : 200); n++)
      expect(framed(stream, () => Math.floor(random() * 12))).toEqual(messages);
  });
});
it('holds one message at most, however much comes without an end', () => {
  const frames = new SyslogFrames();
  const out: number[] = [];
  for (let n = 0; n < 500; n++)
    frames.push(Buffer.alloc(65_536, 0x78), (message) => out.push(message.length));
  frames.push(Buffer.from('\n<6>a\n'), (message) => out.push(message.length));
  expect(out).toEqual([8192, 4]);
});
