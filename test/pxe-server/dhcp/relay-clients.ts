import { createSocket, type Socket } from 'node:dgram';
import { type DhcpPacket, decode, encode } from '../../../pxe-server/dhcp/codec.ts';
import { Option } from '../../../pxe-server/dhcp/options.ts';
import { ipv4Text } from '../../../pxe-server/net/ipv4.ts';
import { type MessageParts, message } from './packets.ts';

export interface RelayOptions {
  /** Our own address, where answers come to (giaddr, RFC 2131 4.1). */
  relay: string;
  server: string;
}

export interface Answer {
  kind: 'offer' | 'ack' | 'nak';
  address: string;
  /** Empty when none is named. */
  bootFile: string;
  /** Milliseconds from the question to its answer. */
  milliseconds: number;
}

type Options = NonNullable<MessageParts['options']>;

interface Waiting {
  asked: number;
  done: (answer: Answer) => void;
}

/** Any number of clients behind one relay agent, which is this process: plain sockets suffice. */
export class RelayClients {
  readonly #socket: Socket;
  readonly #options: RelayOptions;
  readonly #waiting = new Map<number, Waiting>();
  #xid = 1;

  private constructor(socket: Socket, options: RelayOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (bytes) => this.#hear(bytes));
  }

  static async open(options: RelayOptions): Promise<RelayClients> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    await new Promise<void>((bound) => socket.bind(67, options.relay, bound));
    return new RelayClients(socket, options);
  }

  close(): void {
    this.#socket.close();
  }

  discover(mac: string, patience: number, options: Options = []): Promise<Answer | undefined> {
    return this.#ask('discover', { mac, options }, patience);
  }

  /** Takes an offer (SELECTING). */
  take(mac: string, address: string, patience: number, options: Options = []): Promise<Answer | undefined> {
    return this.#ask('request', { mac, requested: address, server: this.#options.server, options }, patience);
  }

  /** Goes on with a lease (RENEWING). */
  renew(mac: string, address: string, patience: number): Promise<Answer | undefined> {
    return this.#ask('request', { mac, ciaddr: address }, patience);
  }

  /** DISCOVER, OFFER, REQUEST, ACK. @returns the answers that came, two when it went well */
  async lease(mac: string, patience: number, options: Options = []): Promise<Answer[]> {
    const offer = await this.discover(mac, patience, options);
    if (offer?.kind !== 'offer') return offer ? [offer] : [];
    const ack = await this.take(mac, offer.address, patience, options);
    return ack ? [offer, ack] : [offer];
  }

  #ask(type: 'discover' | 'request', parts: MessageParts, patience: number): Promise<Answer | undefined> {
    const xid = this.#xid++;
    const packet = message(type, { ...parts, giaddr: this.#options.relay, fields: { xid, hops: 1 } });
    return new Promise((resolve) => {
      const settle = (answer?: Answer) => {
        clearTimeout(timer);
        this.#waiting.delete(xid);
        resolve(answer);
      };
      const timer = setTimeout(settle, patience);
      this.#waiting.set(xid, { asked: performance.now(), done: settle });
      // A server that is not there is told by silence.
      this.#socket.send(encode(packet), 67, this.#options.server, () => undefined);
    });
  }

  #hear(bytes: Buffer): void {
    const now = performance.now();
    const packet = decode(bytes) as DhcpPacket;
    const waiting = this.#waiting.get(packet.xid);
    const kind = packet.type;
    if (!waiting || (kind !== 'offer' && kind !== 'ack' && kind !== 'nak')) return;
    const bootFile = packet.file || (packet.options.get(Option.bootFileName)?.toString('latin1') ?? '');
    waiting.done({ kind, address: ipv4Text(packet.yiaddr), bootFile, milliseconds: now - waiting.asked });
  }
}
