import { ipv6Bytes, ipv6FromBytes } from '../net/ipv6.ts';
import { Option6, type OptionList, readOptions6, writeOptions6 } from './options.ts';

/** Status codes (RFC 8415 21.13). */
export const Status = {
  success: 0,
  noAddrsAvail: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
} as const;

/** An identity association for addresses (RFC 8415 21.4): what a client calls one of its interfaces. */
export interface Association {
  /** 32 bits that the client chose. */
  iaid: number;
  addresses: bigint[];
}

/** More than a client that boots has. */
const MOST = 8;

/** @returns undefined when one is malformed, or there are more than a message may have */
export function readAssociations(options: OptionList): Association[] | undefined {
  const found: Association[] = [];
  for (const [code, value] of options) {
    if (code !== Option6.iaNa) continue;
    const inner = value.length >= 12 ? readOptions6(value.subarray(12)) : undefined;
    const addresses = inner?.filter(([innerCode]) => innerCode === Option6.iaAddress) ?? [];
    const fits = addresses.length <= MOST && addresses.every(([, address]) => address.length >= 24);
    if (!inner || !fits || found.length === MOST) return undefined;
    const iaid = value.readUInt32BE(0);
    if (found.some((other) => other.iaid === iaid)) return undefined;
    found.push({ iaid, addresses: addresses.map(([, address]) => ipv6FromBytes(address)) });
  }
  return found;
}

export interface Given {
  address: bigint;
  /** Seconds; 0 takes it away. */
  preferred: number;
  valid: number;
}

/** Option IA_NA with addresses, or with the reason that there are none. */
export function writeAssociation(
  iaid: number,
  given: readonly Given[],
  { status, renew, rebind }: { status?: Buffer; renew: number; rebind: number },
): [number, Buffer] {
  const head = Buffer.allocUnsafe(12);
  head.writeUInt32BE(iaid, 0);
  head.writeUInt32BE(renew, 4);
  head.writeUInt32BE(rebind, 8);
  const inner: OptionList = given.map(({ address, preferred, valid }) => {
    const times = Buffer.allocUnsafe(8);
    times.writeUInt32BE(preferred, 0);
    times.writeUInt32BE(valid, 4);
    return [Option6.iaAddress, Buffer.concat([ipv6Bytes(address), times])];
  });
  if (status) inner.push([Option6.statusCode, status]);
  return [Option6.iaNa, Buffer.concat([head, writeOptions6(inner)])];
}

/** @param message for people, in UTF-8 */
export function statusValue(code: number, message: string): Buffer {
  const head = Buffer.allocUnsafe(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(message.slice(0, 200))]);
}
