import { writeAssociation } from '../../../pxe-server/dhcp6/associations.ts';
import { encode6, type Message6, type MessageType6, type Relay6 } from '../../../pxe-server/dhcp6/codec.ts';
import { writeDuid } from '../../../pxe-server/dhcp6/duid.ts';
import { Option6, type OptionList, writeStrings } from '../../../pxe-server/dhcp6/options.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';

export const SERVER_ID = writeDuid({ kind: 'uuid', uuid: Buffer.alloc(16, 0x5a) });
const MAC = '52:54:00:12:34:56';

export interface Parts6 {
  mac?: string;
  /** Instead of a DUID-LLT of the MAC. */
  duid?: Buffer;
  /** IAID → addresses named in it. */
  associations?: Record<number, string[]>;
  server?: Buffer;
  options?: OptionList;
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

export function duidOf(mac = MAC): Buffer {
  return writeDuid({ kind: 'llt', hardware: 1, time: 1, address: macBytes(mac) });
}

/** The link-local address that a machine makes of its MAC. */
export function linkLocal(mac = MAC): bigint {
  const [a, b, c, d, e, f] = macBytes(mac);
  return (
    ipv6Number('fe80::') | BigInt(`0x${Buffer.of(a! ^ 2, b!, c!, 0xff, 0xfe, d!, e!, f!).toString('hex')}`)
  );
}

export function message6(type: MessageType6, parts: Parts6 = {}): Message6 {
  const { mac = MAC, duid = duidOf(mac), associations = { 1: [] }, server, options = [] } = parts;
  return {
    ...{ type, transaction: 0xabcdef },
    options: [
      [Option6.clientId, duid],
      ...(server ? ([[Option6.serverId, server]] satisfies OptionList) : []),
      ...Object.entries(associations).map(([iaid, addresses]) =>
        writeAssociation(
          Number(iaid),
          addresses.map((text) => ({ address: ipv6Number(text), preferred: 0, valid: 0 })),
          { renew: 0, rebind: 0 },
        ),
      ),
      ...options,
    ],
  };
}

export function relayed(link: string, parts: Partial<Relay6> = {}): Relay6 {
  return { hops: 0, link: ipv6Number(link), peer: linkLocal(), options: [], ...parts };
}

const vendorClass = (text: string): [number, Buffer] => [
  Option6.vendorClass,
  Buffer.concat([Buffer.of(0, 0, 1, 0x57), writeStrings([Buffer.from(text)])]),
];

/** Options of firmware and loaders that boot. */
export const FIRMWARE: Record<'pxe' | 'http' | 'ipxe', OptionList> = {
  pxe: [
    [Option6.oro, Buffer.of(0, 59, 0, 60)],
    [Option6.nii, Buffer.of(1, 3, 16)],
    [Option6.clientArchitecture, Buffer.of(0, 7)],
    vendorClass('PXEClient:Arch:00007:UNDI:003016'),
  ],
  http: [
    [Option6.oro, Buffer.of(0, 59, 0, 60, 0, 23)],
    [Option6.clientArchitecture, Buffer.of(0, 16)],
    vendorClass('HTTPClient:Arch:00016:UNDI:003001'),
  ],
  ipxe: [
    [Option6.clientArchitecture, Buffer.of(0, 7)],
    vendorClass('PXEClient:Arch:00007:UNDI:003010'),
    [Option6.userClass, writeStrings([Buffer.from('iPXE')])],
  ],
};

/** Datagrams as they should be: with and without relays. */
export const REAL6: Buffer[] = [
  encode6({ direction: 'to-server', relays: [], message: message6('solicit', { options: FIRMWARE.pxe }) }),
  encode6({
    ...{ direction: 'to-server', relays: [] },
    message: message6('request', { server: SERVER_ID, associations: { 1: ['fd00::5'], 2: [] } }),
  }),
  encode6({
    ...{ direction: 'to-server' },
    relays: [
      relayed('::', { hops: 1, options: [[Option6.remoteId, Buffer.from('\0\0\0\x09port 7')]] }),
      relayed('fd00::1', { options: [[Option6.interfaceId, Buffer.from('ge-0/0/1')]] }),
    ],
    message: message6('solicit', { options: FIRMWARE.http }),
  }),
];

/** Real datagrams with bytes changed, cut off, repeated or put inside each other, and plain noise. */
export function hostileBytes6(random: () => number): Buffer {
  const pick = (count: number) => Math.floor(random() * count);
  const bytes = Buffer.from(REAL6[pick(REAL6.length)]!);
  switch (pick(5)) {
    case 0:
      return Buffer.from(Array.from({ length: pick(400) }, () => pick(256)));
    case 1:
      return bytes.subarray(0, pick(bytes.length + 1));
    case 2: {
      let nested = bytes;
      for (let depth = pick(12); depth > 0; depth--) {
        const head = Buffer.alloc(38);
        head[0] = 12;
        head.writeUInt16BE(Option6.relayMessage, 34);
        head.writeUInt16BE(nested.length, 36);
        nested = Buffer.concat([head, nested]);
      }
      return nested;
    }
    default:
      for (let changes = 1 + pick(8); changes > 0; changes--) bytes[pick(bytes.length)] = pick(256);
      return bytes;
  }
}
