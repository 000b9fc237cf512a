import { ipv6Bytes, ipv6FromBytes } from '../net/ipv6.ts';
import { Option6, type OptionList, optionOf, readOptions6, writeOptions6 } from './options.ts';

/** Message types between clients and servers, by number (RFC 8415 7.3). */
export const MESSAGE_TYPES6 = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  'information-request': 11,
} as const;
export type MessageType6 = keyof typeof MESSAGE_TYPES6;

const NAMES = new Map<number, MessageType6>(
  Object.entries(MESSAGE_TYPES6).map(([name, number]) => [number, name as MessageType6]),
);
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const RELAY_HEADER = 34;
/** HOP_COUNT_LIMIT (RFC 8415 7.6). */
export const MOST_RELAYS = 8;

export interface Message6 {
  type: MessageType6;
  /** 24 bits. */
  transaction: number;
  options: OptionList;
}

/** One relay that a message went through, or that a reply has to go through. */
export interface Relay6 {
  hops: number;
  /** An address of the link that the client is on; 0 when the relay does not say. */
  link: bigint;
  /** From whom the relay had the message. */
  peer: bigint;
  /** Everything but the message. */
  options: OptionList;
}

export interface Packet6 {
  direction: 'to-server' | 'to-client';
  /** The one that speaks to us first, the client's own last; none when the client speaks itself. */
  relays: Relay6[];
  message: Message6;
}

/** @returns the packet, whose buffers lie in the memory of the datagram, or why it is none */
export function decode6(bytes: Buffer): Packet6 | { malformed: string } {
  const relays: Relay6[] = [];
  const outer = bytes[0];
  let rest = bytes;
  for (let type = rest[0]; type === RELAY_FORWARD || type === RELAY_REPLY; type = rest[0]) {
    if (type !== outer) return { malformed: "a relay's message of the other direction inside" };
    if (relays.length === MOST_RELAYS) return { malformed: `more than ${MOST_RELAYS} relays` };
    if (rest.length < RELAY_HEADER) return { malformed: `a relay's message of ${rest.length} bytes` };
    const options = readOptions6(rest.subarray(RELAY_HEADER));
    if (!options) return { malformed: 'an option of a relay runs past the end' };
    const inner = optionOf(options, Option6.relayMessage);
    if (!inner) return { malformed: "a relay's message without a message" };
    relays.push({
      hops: rest[1]!,
      link: ipv6FromBytes(rest, 2),
      peer: ipv6FromBytes(rest, 18),
      options: options.filter(([code]) => code !== Option6.relayMessage),
    });
    rest = inner;
  }
  const message = decodeMessage(rest);
  if ('malformed' in message) return message;
  return { direction: directionOf(outer!, message.type), relays, message };
}

function directionOf(outer: number, type: MessageType6): Packet6['direction'] {
  if (outer === RELAY_FORWARD) return 'to-server';
  if (outer === RELAY_REPLY) return 'to-client';
  return type === 'advertise' || type === 'reply' || type === 'reconfigure' ? 'to-client' : 'to-server';
}

function decodeMessage(bytes: Buffer): Message6 | { malformed: string } {
  if (bytes.length < 4) return { malformed: `only ${bytes.length} bytes` };
  const type = NAMES.get(bytes[0]!);
  if (!type) return { malformed: `unknown message type ${bytes[0]}` };
  const options = readOptions6(bytes.subarray(4));
  if (!options) return { malformed: 'an option runs past the end' };
  return { type, transaction: bytes.readUIntBE(1, 3), options };
}

/** The bytes of a packet: the message inside one relay's message after the other (RFC 8415 section 9). */
export function encode6({ direction, relays, message }: Packet6): Buffer {
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(message.transaction);
  head[0] = MESSAGE_TYPES6[message.type];
  let bytes = Buffer.concat([head, writeOptions6(message.options)]);
  for (const { hops, link, peer, options } of [...relays].reverse()) {
    bytes = Buffer.concat([
      Buffer.of(direction === 'to-client' ? RELAY_REPLY : RELAY_FORWARD, hops),
      ipv6Bytes(link),
      ipv6Bytes(peer),
      writeOptions6([...options, [Option6.relayMessage, bytes]]),
    ]);
  }
  return bytes;
}

/** What has to come back to a relay as it was (RFC 8415 19.3): option 18; the rest is its own. */
export function replyRelays(relays: readonly Relay6[]): Relay6[] {
  return relays.map(({ hops, link, peer, options }) => ({
    ...{ hops, link, peer },
    options: options.filter(([code]) => code === Option6.interfaceId),
  }));
}
