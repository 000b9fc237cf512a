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
  parameterList: 55,
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
  clientNetworkInterface: 94,
  clientUuid: 97,
  ipxe: 175,
  end: 255,
} as const;

export type Options = Map<number, Buffer>;

/** Parts after the first of options that came in several. */
export type Repeated = Map<number, Buffer[]>;

/**
 * Adds the options of one area; the first part of each, since few come in several. Values lie in the memory of the area.
 * @returns false when an option runs past the end
 */
export function readOptions(area: Buffer, into: Options, repeated: Repeated): boolean {
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
    const part = area.subarray(at + 2, at + 2 + length);
    const more = into.has(code) ? repeated.get(code) : undefined;
    if (more) more.push(part);
    else if (into.has(code)) repeated.set(code, [part]);
    else into.set(code, part);
    at += 2 + length;
  }
  return true;
}

/** Joins the parts in the order of the message (RFC 3396 section 7). */
export function joinRepeated(options: Options, repeated: Repeated): void {
  for (const [code, parts] of repeated) options.set(code, Buffer.concat([options.get(code)!, ...parts]));
}

/**
 * Writes as many of the options as fit, in their order, ended by 255; relay information (82) comes last
 * (RFC 3046 2.2). Values over 255 bytes are split (RFC 3396), but for relay information: its length is one
 * byte, and what cannot be echoed whole is left out (RFC 3046 2.2).
 * @param to where the area ends
 * @returns the place after the last byte
 */
export function writeOptions(options: Options, into: Buffer, from: number, to: number): number {
  const relay = options.get(Option.relayAgent);
  const echoes = relay !== undefined && relay.length <= 255;
  const end = to - 1 - (echoes ? 2 + relay.length : 0);
  let at = from;
  for (const [code, value] of options) {
    if (code === Option.relayAgent || at + encodedLength(value) > end) continue;
    at = writeOption(code, value, into, at);
  }
  if (echoes) at = writeOption(Option.relayAgent, relay, into, at);
  into[at] = Option.end;
  return at + 1;
}

function encodedLength({ length }: Buffer): number {
  return length + 2 * Math.max(1, Math.ceil(length / 255));
}

function writeOption(code: number, value: Buffer, into: Buffer, from: number): number {
  let at = from;
  let done = 0;
  do {
    const length = Math.min(255, value.length - done);
    into[at] = code;
    into[at + 1] = length;
    for (let i = 0; i < length; i++) into[at + 2 + i] = value[done + i]!;
    at += 2 + length;
    done += length;
  } while (done < value.length);
  return at;
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
