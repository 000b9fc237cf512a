import { joinRepeated, Option, type Options, type Repeated, readOptions, writeOptions } from './options.ts';
import { fits, writeOverloaded } from './overload.ts';

/** A DHCP message (RFC 2131 section 2). Addresses are numbers, 0 for none. */
export interface DhcpPacket {
  /** 1 from clients, 2 from servers. */
  op: 1 | 2;
  /** Hardware type; 1 is Ethernet. */
  htype: number;
  hops: number;
  xid: number;
  secs: number;
  /** The client cannot receive unicasts before it has an address. */
  broadcast: boolean;
  ciaddr: number;
  yiaddr: number;
  siaddr: number;
  giaddr: number;
  /** Hardware address, at most 16 bytes. */
  chaddr: Buffer;
  sname: string;
  file: string;
  type: MessageType;
  /** Without message type and overload. */
  options: Options;
}

export const MESSAGE_TYPES = [
  'discover',
  'offer',
  'request',
  'decline',
  'ack',
  'nak',
  'release',
  'inform',
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

const COOKIE = 0x63825363;
const HEADER = 240;
/** BOOTP clients and some relays drop anything shorter (RFC 1542 2.1). */
const MINIMUM = 300;
/** What every client must take: 576 bytes of datagram, 28 of them IP and UDP headers (RFC 2131 section 2). */
const DEFAULT_LENGTH = 576 - 28;

/** @returns the packet, whose buffers lie in the memory of the message, or why it is none */
export function decode(bytes: Buffer): DhcpPacket | { malformed: string } {
  if (bytes.length < HEADER) return { malformed: `only ${bytes.length} bytes` };
  const op = bytes[0]!;
  if (op !== 1 && op !== 2) return { malformed: `operation ${op}` };
  if (bytes.readUInt32BE(236) !== COOKIE) return { malformed: 'no DHCP cookie' };
  const htype = bytes[1]!;
  const hlen = bytes[2]!;
  if (hlen > 16 || (htype === 1 && hlen !== 6)) return { malformed: `hardware address of ${hlen} bytes` };
  const options: Options = new Map();
  const repeated: Repeated = new Map();
  if (!readOptions(bytes.subarray(HEADER), options, repeated))
    return { malformed: 'an option runs past the end' };
  const overload = options.get(Option.overload)?.[0] ?? 0;
  const fileArea = bytes.subarray(108, 236);
  const snameArea = bytes.subarray(44, 108);
  if (overload & 1 && !readOptions(fileArea, options, repeated))
    return { malformed: 'an option runs past the file field' };
  if (overload & 2 && !readOptions(snameArea, options, repeated))
    return { malformed: 'an option runs past the sname field' };
  if (repeated.size > 0) joinRepeated(options, repeated);
  const type = options.get(Option.messageType);
  const name = type?.length === 1 ? MESSAGE_TYPES[type[0]! - 1] : undefined;
  if (!name) return { malformed: type ? 'unknown message type' : 'no message type (plain BOOTP)' };
  options.delete(Option.messageType);
  options.delete(Option.overload);
  return {
    op,
    htype,
    hops: bytes[3]!,
    xid: bytes.readUInt32BE(4),
    secs: bytes.readUInt16BE(8),
    broadcast: (bytes[10]! & 0x80) !== 0,
    ciaddr: bytes.readUInt32BE(12),
    yiaddr: bytes.readUInt32BE(16),
    siaddr: bytes.readUInt32BE(20),
    giaddr: bytes.readUInt32BE(24),
    chaddr: bytes.subarray(28, 28 + hlen),
    sname: overload & 2 ? '' : text(snameArea),
    file: overload & 1 ? '' : text(fileArea),
    type: name,
    options,
  };
}

/**
 * @param maximum bytes of UDP payload that the client takes; options that do not fit go into empty fields of the
 * header, else they are left out, so the map holds the important ones first
 */
export function encode(packet: DhcpPacket, maximum = DEFAULT_LENGTH): Buffer {
  const bytes = Buffer.alloc(Math.max(maximum, DEFAULT_LENGTH));
  return bytes.subarray(0, encodeInto(bytes, packet, maximum));
}

/** As `encode`, into memory of the caller, at least 548 bytes of it. @returns length in bytes */
export function encodeInto(bytes: Buffer, packet: DhcpPacket, maximum = DEFAULT_LENGTH): number {
  bytes.fill(0, 0, MINIMUM);
  bytes[0] = packet.op;
  bytes[1] = packet.htype;
  bytes[2] = packet.chaddr.length;
  bytes[3] = packet.hops;
  bytes.writeUInt32BE(packet.xid, 4);
  bytes.writeUInt16BE(packet.secs, 8);
  if (packet.broadcast) bytes[10] = 0x80;
  bytes.writeUInt32BE(packet.ciaddr, 12);
  bytes.writeUInt32BE(packet.yiaddr, 16);
  bytes.writeUInt32BE(packet.siaddr, 20);
  bytes.writeUInt32BE(packet.giaddr, 24);
  packet.chaddr.copy(bytes, 28);
  if (packet.sname) bytes.write(packet.sname.slice(0, 63), 44, 'latin1');
  if (packet.file) bytes.write(packet.file.slice(0, 127), 108, 'latin1');
  bytes.writeUInt32BE(COOKIE, 236);
  bytes[240] = Option.messageType;
  bytes[241] = 1;
  bytes[242] = MESSAGE_TYPES.indexOf(packet.type) + 1;
  const room = Math.min(Math.max(maximum, DEFAULT_LENGTH), bytes.length);
  const end = fits(packet.options, room - 243)
    ? writeOptions(packet.options, bytes, 243, room)
    : writeOverloaded(packet.options, bytes, 243, room, emptyFields(packet));
  return Math.max(end, MINIMUM);
}

function emptyFields({ file, sname }: DhcpPacket): ('file' | 'sname')[] {
  return [...(file === '' ? ['file' as const] : []), ...(sname === '' ? ['sname' as const] : [])];
}

/** Up to the first NUL. */
function text(area: Buffer): string {
  const end = area.indexOf(0);
  return area.toString('latin1', 0, end < 0 ? area.length : end);
}
