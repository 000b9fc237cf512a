/** DHCP options (RFC 2132 and successors): numbers, splitting and joining. Pure. */

export const Option = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  dns: 6,
  hostName: 12,
  domain: 15,
  ntp: 42,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  message: 56,
  maxMessageSize: 57,
  renewal: 58,
  rebinding: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  userClass: 77,
  relayAgent: 82,
  clientArchitecture: 93,
  clientUuid: 97,
  ipxe: 175,
  end: 255,
} as const;

export type Options = Map<number, Buffer>;

/** Where a part of an option lies. */
export interface OptionPart {
  area: Buffer;
  from: number;
  to: number;
}
/** Of each option all parts, in the order of the message. */
export type OptionParts = Map<number, OptionPart[]>;

/**
 * Adds the options of one area.
 * @returns false when an option runs past the end
 */
export function readOptions(area: Buffer, into: OptionParts): boolean {
  let at = 0;
  while (at < area.length) {
    const code = area[at]!;
    if (code === Option.end) return true;
    if (code === Option.pad) {
      at += 1;
      continue;
    }
    const length = area[at + 1];
    if (length === undefined || at + 2 + length > area.length) return false;
    const part = { area, from: at + 2, to: at + 2 + length };
    const before = into.get(code);
    if (before) before.push(part);
    else into.set(code, [part]);
    at = part.to;
  }
  return true;
}

/** Copies of the values; an option that occurs more than once is one value (RFC 3396). */
export function joinOptions(found: OptionParts): Options {
  return new Map([...found].map(([code, parts]) => [code, joinParts(parts)]));
}

export function joinParts(parts: OptionPart[]): Buffer {
  const value = Buffer.alloc(parts.reduce((sum, { from, to }) => sum + to - from, 0));
  let at = 0;
  for (const { area, from, to } of parts) at += area.copy(value, at, from, to);
  return value;
}

/**
 * As many of the options as fit, in their order, ended by 255; relay information (82) comes last
 * (RFC 3046 2.2). Values over 255 bytes are split (RFC 3396), but for relay information: its length is one
 * byte, and what cannot be echoed whole is left out (RFC 3046 2.2).
 */
export function writeOptions(options: Options, room: number): Buffer {
  const relay = options.get(Option.relayAgent);
  const tail = relay && relay.length <= 255 ? piece(Option.relayAgent, relay) : Buffer.alloc(0);
  let left = room - 1 - tail.length;
  const pieces: Buffer[] = [];
  for (const [code, value] of options) {
    if (code === Option.relayAgent) continue;
    const encoded = piece(code, value);
    if (encoded.length > left) continue;
    pieces.push(encoded);
    left -= encoded.length;
  }
  return Buffer.concat([...pieces, tail, Buffer.of(Option.end)]);
}

function piece(code: number, value: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < value.length; at += 255) {
    const part = value.subarray(at, at + 255);
    parts.push(Buffer.of(code, part.length), part);
  }
  return Buffer.concat(parts);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A four-byte option as a number; undefined when absent or of another length. */
export function readUint32(options: Options, code: number): number | undefined {
  const value = options.get(code);
  return value?.length === 4 ? value.readUInt32BE() : undefined;
}
