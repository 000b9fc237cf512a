import type { DhcpPacket, MessageType } from '../../../pxe-server/dhcp/codec.ts';
import { Option, uint32 } from '../../../pxe-server/dhcp/options.ts';
import { ipv4Number } from '../../../pxe-server/net/ipv4.ts';

export interface MessageParts {
  mac?: string;
  /** Option 50. */
  requested?: string;
  /** Option 54. */
  server?: string;
  ciaddr?: string;
  giaddr?: string;
  options?: [number, Buffer][];
  fields?: Partial<DhcpPacket>;
}

/** A client's message, addresses as text. */
export function message(type: MessageType, parts: MessageParts = {}): DhcpPacket {
  const address = (code: number, text: string | undefined): [number, Buffer][] =>
    text === undefined ? [] : [[code, uint32(ipv4Number(text))]];
  return {
    op: 1,
    htype: 1,
    hops: 0,
    xid: 0x12345678,
    secs: 0,
    broadcast: false,
    ciaddr: parts.ciaddr === undefined ? 0 : ipv4Number(parts.ciaddr),
    yiaddr: 0,
    siaddr: 0,
    giaddr: parts.giaddr === undefined ? 0 : ipv4Number(parts.giaddr),
    chaddr: Buffer.from((parts.mac ?? '52:54:00:00:00:01').replaceAll(':', ''), 'hex'),
    sname: '',
    file: '',
    type,
    options: new Map([
      ...address(Option.requestedAddress, parts.requested),
      ...address(Option.serverIdentifier, parts.server),
      ...(parts.options ?? []),
    ]),
    ...parts.fields,
  };
}

/** "52:54:00:00:xx:xx" */
export function macOf(number: number): string {
  return `52:54:00:00:${[number >> 8, number & 255].map((n) => n.toString(16).padStart(2, '0')).join(':')}`;
}

/** A number of 48 bits: 0x0200_0000_0001 is "02:00:00:00:00:01". */
export function macOf48(number: number): string {
  return number.toString(16).padStart(12, '0').match(/../g)!.join(':');
}

/**
 * Bytes as a broken or hostile sender sends them: noise, noise behind a proper header, and a real message with
 * a few bytes changed, cut or doubled.
 */
export function hostileBytes(random: () => number, real: readonly Buffer[]): Buffer {
  const upTo = (limit: number) => Math.floor(random() * limit);
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => upTo(256)));
  const kind = random();
  if (kind < 0.15) return noise(upTo(random() < 0.05 ? 4000 : 400));
  if (kind < 0.4) {
    const bytes = Buffer.concat([Buffer.alloc(236), Buffer.from('63825363350101', 'hex'), noise(upTo(300))]);
    bytes.set([1 + upTo(2), 1, 6]);
    bytes[242] = upTo(10);
    if (random() < 0.3) bytes.set(noise(192), 44);
    return bytes;
  }
  const bytes = Buffer.from(real[upTo(real.length)]!);
  for (let changes = upTo(8); changes > 0; changes--) bytes[upTo(bytes.length)] = upTo(256);
  if (random() < 0.2) return bytes.subarray(0, upTo(bytes.length));
  if (random() < 0.2) return Buffer.concat([bytes, bytes.subarray(240)]);
  return bytes;
}
