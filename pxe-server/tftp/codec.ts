/** TFTP packets (RFC 1350, options RFC 2347). Pure. */

export type TftpRequest =
  | { kind: 'read'; file: string; mode: string; options: Map<string, string> }
  | { kind: 'write'; file: string };

export type TftpPacket =
  | TftpRequest
  | { kind: 'ack'; block: number }
  | { kind: 'error'; code: number; message: string };

export const ErrorCode = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  optionRefused: 8,
} as const;

const RRQ = 1;
const WRQ = 2;
const DATA = 3;
const ACK = 4;
const ERROR = 5;
const OACK = 6;

/** Longer names are nothing that a loader asks for. */
const LONGEST_REQUEST = 1024;

/** Only what a client may send to a server that gives files and takes none. */
export function decode(bytes: Buffer): TftpPacket | { malformed: string } {
  if (bytes.length < 4) return { malformed: `only ${bytes.length} bytes` };
  const code = bytes.readUInt16BE();
  switch (code) {
    case RRQ:
    case WRQ:
      return decodeRequest(code, bytes);
    case ACK:
      return { kind: 'ack', block: bytes.readUInt16BE(2) };
    case ERROR:
      return {
        kind: 'error',
        code: bytes.readUInt16BE(2),
        message: bytes
          .subarray(4, 260)
          .toString('latin1')
          .replace(/\0.*$/s, '')
          .replace(/[^\x20-\x7e]/g, '?'),
      };
    default:
      return { malformed: `operation ${code}` };
  }
}

/**
 * Block of an acknowledgement, -1 of anything else: what a transfer is told a hundred thousand times a second, so it is
 * read where it lies.
 */
export function acknowledged(packet: Buffer, length: number): number {
  if (length < 4 || packet[0] !== 0 || packet[1] !== ACK) return -1;
  return (packet[2]! << 8) | packet[3]!;
}

/** Texts that end with NUL: name, mode, then pairs; option names know no case (RFC 2347). */
function decodeRequest(code: number, bytes: Buffer): TftpPacket | { malformed: string } {
  if (bytes.length > LONGEST_REQUEST) return { malformed: `request of ${bytes.length} bytes` };
  if (bytes.at(-1) !== 0) return { malformed: 'request without its last NUL' };
  const texts = bytes.toString('latin1', 2, bytes.length - 1).split('\0');
  const [file, mode, ...pairs] = texts as [string, string | undefined, ...string[]];
  if (mode === undefined) return { malformed: 'request without a mode' };
  if (!/^[\x20-\x7e]{1,512}$/.test(file)) return { malformed: 'file name with bytes that no name has' };
  if (code === WRQ) return { kind: 'write', file };
  const options = new Map<string, string>();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i]!.toLowerCase();
    // Some ROMs fill their request up with NUL bytes: those make pairs of nothing.
    if (name !== '' && !options.has(name)) options.set(name, pairs[i + 1]!);
  }
  return { kind: 'read', file, mode: mode.toLowerCase(), options };
}

/** Writes the four bytes before the payload of a block; blocks are counted from 1, and numbered by 16 bits. */
export function writeDataHeader(packet: Buffer, at: number, block: number): void {
  packet[at] = 0;
  packet[at + 1] = DATA;
  packet[at + 2] = (block >> 8) & 0xff;
  packet[at + 3] = block & 0xff;
}

export function optionAck(options: ReadonlyMap<string, string>): Buffer {
  const texts = [...options].map(([name, value]) => `${name}\0${value}\0`).join('');
  return Buffer.concat([Buffer.of(0, OACK), Buffer.from(texts, 'latin1')]);
}

export function error(code: number, message: string): Buffer {
  return Buffer.concat([Buffer.of(0, ERROR, 0, code), Buffer.from(`${message}\0`, 'latin1')]);
}
