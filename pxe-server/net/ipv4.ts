/** IPv4 addresses as numbers (0 to 2³²-1) and as text; pure. */

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

/** For text that a schema has checked already. */
export function ipv4Number(text: string): number {
  const number = parseIpv4(text);
  if (number === undefined) throw new TypeError(`not an IPv4 address: ${text}`);
  return number;
}

export function ipv4Text(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

export interface Network {
  /** Lowest and highest address: network and broadcast address for prefixes up to 30. */
  first: number;
  last: number;
  mask: number;
}

/** "192.0.2.0/24" → its bounds; undefined when malformed or when host bits are set. */
export function parseCidr(text: string): Network | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const first = match ? parseIpv4(match[1]!) : undefined;
  const prefix = Number(match?.[2]);
  if (first === undefined || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  if (first % size !== 0) return undefined;
  return { first, last: first + size - 1, mask: 2 ** 32 - size };
}

export function inNetwork(network: Network, address: number): boolean {
  return address >= network.first && address <= network.last;
}
