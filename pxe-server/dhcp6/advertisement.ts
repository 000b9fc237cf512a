import { ipv6Bytes } from '../net/ipv6.ts';

/** Router discovery (RFC 4861 section 4): the two messages, without the checksum, which the kernel sets. Pure. */

export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;

/** What a link is told about addresses; nothing: there are none to be had by IPv6. */
export type Advertised =
  | { kind: 'nothing' }
  | { kind: 'addresses'; network: bigint; prefix: number; autonomous: boolean };

const MANAGED = 0x80;
const OTHER = 0x40;
const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;
/** Seconds that the prefix is good for (AdvValidLifetime, AdvPreferredLifetime). */
const VALID = 2_592_000;
const PREFERRED = 604_800;

/** Lifetime 0: we pass nothing on, so nobody is to take us for a router. @param mac of the interface, six bytes */
export function encodeAdvertisement(advertised: Advertised, mac: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head[0] = ROUTER_ADVERTISEMENT;
  const linkLayer = Buffer.concat([Buffer.of(1, 1), mac]);
  if (advertised.kind === 'nothing') return Buffer.concat([head, linkLayer]);
  head[5] = MANAGED | OTHER;
  const information = Buffer.alloc(16);
  information[0] = 3;
  information[1] = 4;
  information[2] = advertised.prefix;
  information[3] = ON_LINK | (advertised.autonomous ? AUTONOMOUS : 0);
  information.writeUInt32BE(VALID, 4);
  information.writeUInt32BE(PREFERRED, 8);
  return Buffer.concat([head, linkLayer, information, ipv6Bytes(advertised.network)]);
}

/** What another node says: that it wants to hear of routers, or that it is one, for so many seconds. */
export type Heard = { kind: 'solicitation' } | { kind: 'router'; lifetime: number };

/** @returns undefined for what RFC 4861 6.1 says is not to be listened to */
export function readDiscovery(bytes: Buffer, hopLimit: number, fromNobody: boolean): Heard | undefined {
  // One that passed a router has fewer left: it is of another link, and forged.
  if (hopLimit !== 255 || bytes.length < 8 || bytes[1] !== 0) return undefined;
  const isRouter = bytes[0] === ROUTER_ADVERTISEMENT;
  if (!isRouter && bytes[0] !== ROUTER_SOLICITATION) return undefined;
  const from = isRouter ? 16 : 8;
  if (bytes.length < from) return undefined;
  for (let at = from; at < bytes.length; ) {
    const length = (bytes[at + 1] ?? 0) * 8;
    if (length === 0 || at + length > bytes.length) return undefined;
    // A node without an address cannot be answered at its link-layer address (6.1.1).
    if (!isRouter && fromNobody && bytes[at] === 1) return undefined;
    at += length;
  }
  return isRouter ? { kind: 'router', lifetime: bytes.readUInt16BE(6) } : { kind: 'solicitation' };
}
