import { SyslogFrames } from '../../../pxe-server/syslog/frames.ts';
import { MESSAGE_BYTES, parseSyslog } from '../../../pxe-server/syslog/message.ts';
import type { FuzzTarget } from '../../fuzz/fuzz.ts';

const REAL = [
  '<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su 12 ID47 [a@1 x="]\\"y"][b@2] \ufefffailed',
  '<30>Nov 26 19:40:01 node1 anaconda[1503]: INF anaconda: Found a kickstart file\n',
  '<27>2026-11-26T19:40:01.123456+00:00 node1 program: mkfs failed',
  '57 <30>Nov 26 19:40:01 node1 anaconda: a message with a count<6>another\n',
];
const ODD = [
  '<',
  '>',
  '[',
  ']',
  '"',
  '\\',
  ' ',
  '\n',
  '\0',
  '-',
  ':',
  '1',
  '999',
  '\ufeff',
  '\x1b[2J',
  '\u202e',
];

/** Noise, and real messages that were spoiled in some places. */
function hostileSyslog(random: () => number): Buffer {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  if (random() < 0.3)
    return Buffer.from(Array.from({ length: random() * 300 }, () => Math.floor(random() * 256)));
  let text = pick(REAL);
  for (let n = Math.floor(random() * 4); n > 0; n--) {
    const at = Math.floor(random() * text.length);
    text =
      text.slice(0, at) +
      pick(ODD).repeat(random() < 0.1 ? 200 : 1) +
      text.slice(at + Math.floor(random() * 3));
  }
  return Buffer.from(random() < 0.2 ? text.slice(0, random() * text.length) : text);
}

/** Syslog as a datagram and as a stream: what is read is bounded text, and pieces of a stream say what the whole does. */
export const syslog: FuzzTarget = {
  name: 'syslog',
  input: hostileSyslog,
  check(bytes) {
    const message = parseSyslog(bytes);
    if (message && (message.severity > 7 || message.text.length > 600 || message.program.length > 48))
      throw new Error(`unbounded: ${JSON.stringify(message)}`);
    const whole = framed([bytes]);
    const half = bytes.length >> 1;
    const pieces = framed([bytes.subarray(0, half), bytes.subarray(half)]);
    if (whole.join('|') !== pieces.join('|')) throw new Error(`in pieces: ${pieces.join('|')}`);
    if (whole.some((one) => one.length > 2 * MESSAGE_BYTES)) throw new Error('a message that is too long');
    return message !== undefined;
  },
};

function framed(chunks: readonly Buffer[]): string[] {
  const frames = new SyslogFrames();
  const out: string[] = [];
  for (const chunk of chunks) frames.push(chunk, (message) => out.push(message.toString('hex')));
  return out;
}
