/** IPv6 addresses as numbers (0 to 2¹²⁸-1) and as text; pure. */

const GROUPS = 8;
const LAST = (1n << 128n) - 1n;

/** Without a zone; undefined when malformed. */
export function parseIpv6(text: string): bigint | undefined {
  const halves = withoutDots(text)?.split('::');
  if (!halves || halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(Math.max(missing, 0)).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}

/** "::ffff:192.0.2.1" → "::ffff:c000:201" (RFC 4291 2.2.3). */
function withoutDots(text: string): string | undefined {
  if (!text.includes('.')) return text;
  const [, rest, ...parts] = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text) ?? [];
  const [a, b, c, d] = parts.map(Number);
  if (rest === undefined || parts.some((part) => Number(part) > 255)) return undefined;
  return `${rest}${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`;
}

/** For text that a schema has checked already. */
export function ipv6Number(text: string): bigint {
  const number = parseIpv6(text);
  if (number === undefined) throw new TypeError(`not an IPv6 address: ${text}`);
  return number;
}

/** RFC 5952: lower case, the longest run of two or more zero groups as "::". */
export function ipv6Text(number: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => Number((number >> BigInt(112 - 16 * i)) & 0xffffn));
  let longest = { at: 0, length: 1 };
  for (let at = 0; at < GROUPS; at++) {
    let length = 0;
    while (at + length < GROUPS && groups[at + length] === 0) length += 1;
    if (length > longest.length) longest = { at, length };
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (longest.length < 2) return text(0, GROUPS);
  return `${text(0, longest.at)}::${text(longest.at + longest.length, GROUPS)}`;
}

/** The one way to write an address (RFC 5952); what is none stays as it is. */
export function canonicalIpv6(text: string): string {
  const number = parseIpv6(text);
  return number === undefined ? text : ipv6Text(number);
}

/** @param bytes at least 16 from `at` on */
export function ipv6FromBytes(bytes: Buffer, at = 0): bigint {
  return (bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8);
}

export function ipv6Bytes(number: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64BE(number >> 64n, 0);
  bytes.writeBigUInt64BE(number & 0xffffffffffffffffn, 8);
  return bytes;
}

export interface Network6 {
  first: bigint;
  last: bigint;
  /** Bits. */
  prefix: number;
}

/** "2001:db8::/64" → its bounds; undefined when malformed or when host bits are set. */
export function parseCidr6(text: string): Network6 | undefined {
  const match = /^([0-9a-f:.]+)\/(\d{1,3})$/i.exec(text);
  const first = match ? parseIpv6(match[1]!) : undefined;
  const prefix = Number(match?.[2]);
  if (first === undefined || prefix > 128) return undefined;
  const hosts = LAST >> BigInt(prefix);
  return (first & hosts) === 0n ? { first, last: first | hosts, prefix } : undefined;
}

export function inNetwork6({ first, last }: Network6, address: bigint): boolean {
  return address >= first && address <= last;
}

/** fe80::/10 (RFC 4291 2.5.6). */
export function isLinkLocal(address: bigint): boolean {
  return address >> 118n === 0xfe80n >> 6n;
}

export function isMulticast(address: bigint): boolean {
  return address >> 120n === 0xffn;
}

/** The MAC in an interface identifier that was made of one (RFC 4291 appendix A): "52:54:00:aa:bb:cc". */
export function eui64Mac(address: bigint): string | undefined {
  const id = ipv6Bytes(address).subarray(8);
  if (id[3] !== 0xff || id[4] !== 0xfe || (id[0]! & 1) !== 0) return undefined;
  const mac = Buffer.of(id[0]! ^ 2, id[1]!, id[2]!, id[5]!, id[6]!, id[7]!);
  return mac.toString('hex').match(/../g)!.join(':');
}

/** As in a URL: an IPv6 address in brackets. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
