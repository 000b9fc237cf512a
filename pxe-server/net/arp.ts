/** ARP for IPv4 on Ethernet (RFC 826). Addresses are numbers, 0 for none. */
export interface ArpPacket {
  operation: 'request' | 'reply';
  senderMac: Buffer;
  sender: number;
  targetMac: Buffer;
  target: number;
}

/** Ethernet, IPv4, and the lengths of their addresses: the only ARP there is on our links. */
const HEADER = Buffer.from('0001080006040000', 'hex');
const LENGTH = 28;
export const NO_MAC = Buffer.alloc(6);

/** @returns the packet, whose buffers lie in the memory of the message, or undefined when it is none; padding is left */
export function decodeArp(bytes: Buffer): ArpPacket | undefined {
  if (bytes.length < LENGTH || bytes.compare(HEADER, 0, 6, 0, 6) !== 0) return undefined;
  const operation = bytes.readUInt16BE(6);
  if (operation !== 1 && operation !== 2) return undefined;
  return {
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: bytes.subarray(8, 14),
    sender: bytes.readUInt32BE(14),
    targetMac: bytes.subarray(18, 24),
    target: bytes.readUInt32BE(24),
  };
}

export function encodeArp({ operation, senderMac, sender, targetMac, target }: ArpPacket): Buffer {
  const bytes = Buffer.alloc(LENGTH);
  HEADER.copy(bytes);
  bytes[7] = operation === 'request' ? 1 : 2;
  senderMac.copy(bytes, 8);
  bytes.writeUInt32BE(sender, 14);
  targetMac.copy(bytes, 18);
  bytes.writeUInt32BE(target, 24);
  return bytes;
}

/**
 * The question who has an address, from somebody who has none himself: no neighbour learns anything wrong by it
 * (RFC 5227 2.1.1).
 */
export function arpProbe(ownMac: Buffer, target: number): Buffer {
  return encodeArp({ operation: 'request', senderMac: ownMac, sender: 0, targetMac: NO_MAC, target });
}

/**
 * Who is shown by a packet to use which address: the sender, by a question, an answer or an announcement.
 * Undefined for probes, and for a sender that is no single machine.
 */
export function userOf({ senderMac, sender }: ArpPacket): { address: number; mac: Buffer } | undefined {
  if (sender === 0 || senderMac[0]! & 1 || senderMac.equals(NO_MAC)) return undefined;
  return { address: sender, mac: senderMac };
}
