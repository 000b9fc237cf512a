/** A UDP datagram over IPv4 (RFC 791, 768). Addresses are numbers. */
export interface Datagram {
  from: { address: number; port: number };
  to: { address: number; port: number };
  payload: Buffer;
}

const IP_HEADER = 20;
const UDP_HEADER = 8;
const UDP = 17;
const HOPS = 64;

/**
 * The datagram of an IPv4 packet; checksums are not looked at, since a network card may be left to write them.
 * @returns undefined for anything else, and for fragments
 */
export function readDatagram(packet: Buffer): Datagram | undefined {
  if (packet.length < IP_HEADER || packet[0]! >> 4 !== 4 || packet[9] !== UDP) return undefined;
  const header = (packet[0]! & 15) * 4;
  const whole = packet.readUInt16BE(2);
  // More fragments, or not the first one.
  if (header < IP_HEADER || packet.readUInt16BE(6) & 0x3fff) return undefined;
  if (whole > packet.length || whole < header + UDP_HEADER) return undefined;
  const length = packet.readUInt16BE(header + 4);
  if (length < UDP_HEADER || header + length > whole) return undefined;
  return {
    from: { address: packet.readUInt32BE(12), port: packet.readUInt16BE(header) },
    to: { address: packet.readUInt32BE(16), port: packet.readUInt16BE(header + 2) },
    payload: packet.subarray(header + UDP_HEADER, header + length),
  };
}

/** The IPv4 packet of a datagram, with its checksums. */
export function writeDatagram({ from, to, payload }: Datagram): Buffer {
  const length = UDP_HEADER + payload.length;
  const packet = Buffer.alloc(IP_HEADER + length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet[8] = HOPS;
  packet[9] = UDP;
  packet.writeUInt32BE(from.address, 12);
  packet.writeUInt32BE(to.address, 16);
  packet.writeUInt16BE(internetChecksum(packet.subarray(0, IP_HEADER)), 10);
  packet.writeUInt16BE(from.port, IP_HEADER);
  packet.writeUInt16BE(to.port, IP_HEADER + 2);
  packet.writeUInt16BE(length, IP_HEADER + 4);
  payload.copy(packet, IP_HEADER + UDP_HEADER);
  // Addresses, protocol and length count as well (RFC 768); 0 would mean that there is no sum.
  const sum = internetChecksum(packet.subarray(12), UDP + length);
  packet.writeUInt16BE(sum || 0xffff, IP_HEADER + 6);
  return packet;
}

/** RFC 1071; @param more what counts besides the bytes */
export function internetChecksum(bytes: Buffer, more = 0): number {
  let sum = more;
  for (let at = 0; at < bytes.length; at += 2)
    sum += (bytes[at]! << 8) | (at + 1 < bytes.length ? bytes[at + 1]! : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
