import {
  joinOptions,
  joinParts,
  Option,
  type OptionParts,
  type Options,
  readOptions,
  writeOptions,
} from './options.ts';

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

/** @returns the packet, or why it is none */
export function decode(bytes: Buffer): DhcpPacket | { malformed: string } {
  if (bytes.length < HEADER) return { malformed: `only ${bytes.length} bytes` };
  const op = bytes[0]!;
  if (op !== 1 && op !== 2) return { malformed: `operation ${op}` };
  if (bytes.readUInt32BE(236) !== COOKIE) return { malformed: 'no DHCP cookie' };
  const htype = bytes[1]!;
  const hlen = bytes[2]!;
  if (hlen > 16 || (htype === 1 && hlen !== 6)) return { malformed: `hardware address of ${hlen} bytes` };
  const parts: OptionParts = new Map();
  if (!readOptions(bytes.subarray(HEADER), parts)) return { malformed: 'an option runs past the end' };
  const overload = joinParts(parts.get(Option.overload) ?? [])[0] ?? 0;
  const fileArea = bytes.subarray(108, 236);
  const snameArea = bytes.subarray(44, 108);
  if (overload & 1 && !readOptions(fileArea, parts))
    return { malformed: 'an option runs past the file field' };
  if (overload & 2 && !readOptions(snameArea, parts))
    return { malformed: 'an option runs past the sname field' };
  const options = joinOptions(parts);
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
    chaddr: Buffer.from(bytes.subarray(28, 28 + hlen)),
    sname: overload & 2 ? '' : text(snameArea),
    file: overload & 1 ? '' : text(fileArea),
    type: name,
    options,
  };
}

/**
 * @param maximum bytes of UDP payload that the client takes; options that do not fit are left out, so
 * the map holds the important ones first
 */
export function encode(packet: DhcpPacket, maximum = DEFAULT_LENGTH): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = packet.op;
  header[1] = packet.htype;
  header[2] = packet.chaddr.length;
  header[3] = packet.hops;
  header.writeUInt32BE(packet.xid, 4);
  header.writeUInt16BE(packet.secs, 8);
  if (packet.broadcast) header[10] = 0x80;
  header.writeUInt32BE(packet.ciaddr, 12);
  header.writeUInt32BE(packet.yiaddr, 16);
  header.writeUInt32BE(packet.siaddr, 20);
  header.writeUInt32BE(packet.giaddr, 24);
  packet.chaddr.copy(header, 28);
  header.write(packet.sname.slice(0, 63), 44, 'latin1');
  header.write(packet.file.slice(0, 127), 108, 'latin1');
  header.writeUInt32BE(COOKIE, 236);
  const type = Buffer.of(MESSAGE_TYPES.indexOf(packet.type) + 1);
  const options = new Map([[Option.messageType as number, type], ...packet.options]);
  const body = Buffer.concat([header, writeOptions(options, Math.max(maximum, DEFAULT_LENGTH) - HEADER)]);
  return body.length >= MINIMUM ? body : Buffer.concat([body, Buffer.alloc(MINIMUM - body.length)]);
}

/** Up to the first NUL. */
function text(area: Buffer): string {
  const end = area.indexOf(0);
  return area.toString('latin1', 0, end < 0 ? area.length : end);
}
