import type { Diagnosis } from '../diagnose/diagnosis.ts';
import type { Attempt } from './attempt.ts';
import type { Frame, TraceEntry } from './entry.ts';
import { wordsOf } from './words.ts';

/** Block types of pcapng (draft-ietf-opsawg-pcapng sections 4.1 to 4.3). */
const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const COMMENT = 1;
const APPLICATION = 4;
const NAME = 2;
const RESOLUTION = 9;
/** Times are milliseconds: 10^-3 s. */
const MILLISECONDS = 3;
/** Link types: what a packet begins with; 252 names the dissector of what follows (Wireshark's exported PDUs). */
const LINKS = [
  { name: 'DHCP', type: 228 },
  { name: 'ARP', type: 1 },
  { name: 'Rackhand', type: 252 },
] as const;
const BY_LINK: Record<Frame['link'], number> = { ipv4: 0, ethernet: 1 };
const WORDS = 2;
const DISSECTOR_TAG = 12;
/** Facility "local0", severity "informational" (RFC 5424 6.2.1): the words are shown as a line of syslog. */
const PRIORITY = '<134>';
/** Bytes of a comment that every reader takes. */
const LONGEST = 4000;

/**
 * A boot attempt as a pcapng file: each packet as it was, and each step of which there is none as a line; our words and
 * what they are evidence of are comments. Pure.
 */
export function pcapng(
  host: string,
  { startedAt, entries, left }: Attempt,
  diagnoses: readonly Diagnosis[],
): Buffer {
  const about = [
    `boot of ${host} at ${new Date(startedAt).toISOString()}`,
    ...(left > 0 ? [`${left} steps or packets more than are kept`] : []),
    ...diagnoses.map(told),
  ];
  return Buffer.concat([
    section(about.join('\n')),
    ...LINKS.map(({ name, type }) => interfaceBlock(name, type)),
    ...entries.map((entry, i) => packet(entry, commentOf(entry, i, diagnoses))),
  ]);
}

function commentOf(entry: TraceEntry, i: number, diagnoses: readonly Diagnosis[]): string {
  const shown = diagnoses.filter(({ evidence }) => evidence.includes(i));
  return [`${i}: ${wordsOf(entry)}`, ...shown.map(told)].join('\n');
}

function told({ kind, what, mend }: Diagnosis): string {
  return `${kind}: ${what}. Mend: ${mend}`;
}

function packet(entry: TraceEntry, comment: string): Buffer {
  const { frame, at } = entry;
  const data = frame ? Buffer.from(frame.bytes, 'base64') : line(wordsOf(entry));
  const head = Buffer.alloc(20);
  head.writeUInt32LE(frame ? BY_LINK[frame.link] : WORDS, 0);
  head.writeUInt32LE(Math.floor(at / 2 ** 32), 4);
  head.writeUInt32LE(at % 2 ** 32, 8);
  head.writeUInt32LE(data.length, 12);
  head.writeUInt32LE(data.length, 16);
  return block(PACKET, head, padded(data), options([COMMENT, text(comment)]));
}

function line(words: string): Buffer {
  const name = padded(Buffer.from('syslog'));
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(DISSECTOR_TAG, 0);
  tag.writeUInt16BE(name.length, 2);
  return Buffer.concat([tag, name, Buffer.alloc(4), Buffer.from(`${PRIORITY}rackhand: ${words}`)]);
}

function section(comment: string): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(BYTE_ORDER, 0);
  head.writeUInt16LE(1, 4);
  head.fill(0xff, 8); // the length of the section is not said
  return block(SECTION, head, options([APPLICATION, Buffer.from('Rackhand')], [COMMENT, text(comment)]));
}

function interfaceBlock(name: string, type: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(type, 0);
  return block(INTERFACE, head, options([NAME, Buffer.from(name)], [RESOLUTION, Buffer.of(MILLISECONDS)]));
}

function options(...list: [code: number, value: Buffer][]): Buffer {
  const parts = list.flatMap(([code, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(value.length, 2);
    return [head, padded(value)];
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function block(type: number, ...parts: readonly Buffer[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, ...parts, head.subarray(4)]);
}

function padded(bytes: Buffer): Buffer {
  const rest = (4 - (bytes.length % 4)) % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(rest)]);
}

/** Cut between characters. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return bytes.length <= LONGEST
    ? bytes
    : Buffer.from(
        bytes
          .subarray(0, LONGEST)
          .toString()
          .replace(/\ufffd+$/, ''),
      );
}
