import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { errno } from '../../builder/shared/errors.ts';
import { data, decode, ErrorCode, error, optionAck } from './codec.ts';
import type { Negotiated, TransferLimits } from './negotiate.ts';
import type { Source } from './source.ts';
import { type Step, Transfer } from './transfer.ts';

export type SessionEnd =
  /** Unproven: the acknowledgement of the end is missing, as of a client that leaves once it has all. */
  | { kind: 'sent'; bytes: number; seconds: number; proven: boolean }
  /** The client ended it: after asking for the size, or because it had enough. */
  | { kind: 'aborted'; message: string }
  | { kind: 'gave-up'; bytes: number }
  /** Never answered, and others wanted its place. */
  | { kind: 'dropped' }
  | { kind: 'failed'; message: string };

export interface SessionSettings {
  client: { address: string; port: number };
  /** The address that the client asked: answers leave from it. */
  local: string;
  source: Source;
  negotiated: Negotiated;
  limits: TransferLimits;
}

/** The kind of socket for an address. */
export function udpOf(address: string): 'udp4' | 'udp6' {
  return address.includes(':') ? 'udp6' : 'udp4';
}

/**
 * Sends one file from a socket of its own, connected to the client so that the kernel drops what others
 * send (RFC 1350 section 4: the transfer identifier).
 */
export class Session {
  readonly #settings: SessionSettings;
  readonly #transfer: Transfer;
  readonly #socket: Socket;
  #started = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Blocks being sent. Another object in its place stops a loop that waits for the disk. */
  #sending: { next: number; to: number } | undefined;
  #connected = false;
  #ended = false;
  readonly #outcome = Promise.withResolvers<SessionEnd>();

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#socket = createSocket(udpOf(settings.local));
    this.#transfer = new Transfer(settings.source.size, settings.negotiated, settings.limits);
  }

  /** The client has answered, so that its request is not on its way any more. */
  get answered(): boolean {
    return this.#transfer.answered;
  }

  async run(): Promise<SessionEnd> {
    try {
      await this.#open();
      this.#listen();
      this.#take(this.#transfer.start(performance.now()));
      return await this.#outcome.promise;
    } catch (cause) {
      return { kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) };
    } finally {
      this.#ended = true;
      this.#socket.close();
    }
  }

  /** The client sent its request again. */
  repeat(): void {
    if (this.#connected && !this.#ended) this.#take(this.#transfer.repeatStart(performance.now()));
  }

  /** Ends as that, and tells the client if there is something to tell. */
  stop(end: SessionEnd, told?: string): void {
    this.#sending = undefined;
    if (told === undefined || !this.#connected || this.#ended) this.#end(end);
    else this.#socket.send(error(ErrorCode.undefined, told), () => this.#end(end));
  }

  async #open(): Promise<void> {
    const { local, client } = this.#settings;
    this.#socket.bind({ port: 0, address: local, exclusive: true });
    await once(this.#socket, 'listening');
    this.#socket.connect(client.port, client.address);
    await once(this.#socket, 'connect');
    this.#connected = true;
  }

  #listen(): void {
    const { client } = this.#settings;
    this.#started = performance.now();
    this.#socket.on('error', (cause) => this.#refused(cause));
    this.#socket.on('message', (bytes, from) => {
      // What came before the socket was connected may be anybody's.
      if (from.port !== client.port || from.address !== client.address) return;
      const packet = decode(bytes);
      if ('malformed' in packet) return;
      if (packet.kind === 'error')
        this.#end({ kind: 'aborted', message: `${packet.code} ${packet.message}`.trim() });
      else if (packet.kind === 'ack') this.#take(this.#transfer.acknowledge(packet.block, performance.now()));
    });
  }

  /** Without a word of it, a send would swallow what came back of the one before it (udp(7), pending errors). */
  #write(packet: Uint8Array): void {
    this.#socket.send(packet, (cause) => cause && this.#refused(cause));
  }

  /** The port is closed (ICMP). Anything else that the network says for a moment ends by itself or in silence. */
  #refused(cause: Error): void {
    if (!this.#ended && errno(cause) === 'ECONNREFUSED')
      this.#end(this.#left({ kind: 'aborted', message: 'its port is closed, or a filter refuses UDP' }));
  }

  #take(step: Step): void {
    if (step.kind === 'wait' || this.#ended) return;
    clearTimeout(this.#timer);
    if (step.kind === 'done') {
      this.#end(this.#sent(true));
      return;
    }
    if (step.kind === 'give-up') {
      this.#end(this.#left({ kind: 'gave-up', bytes: this.#bytes() }));
      return;
    }
    if (step.kind === 'options') this.#write(optionAck(this.#settings.negotiated.accepted));
    else if (this.#sending && step.from === this.#sending.to + 1) this.#sending.to = step.to;
    else {
      this.#sending = { next: step.from, to: step.to };
      void this.#send(this.#sending);
    }
    this.#timer = setTimeout(
      () => this.#take(this.#transfer.silence(performance.now())),
      this.#transfer.wait,
    );
  }

  async #send(blocks: { next: number; to: number }): Promise<void> {
    const { source, negotiated } = this.#settings;
    try {
      for (; blocks.next <= blocks.to; blocks.next++) {
        const read = source.read((blocks.next - 1) * negotiated.blockSize, negotiated.blockSize);
        const payload = Buffer.isBuffer(read) ? read : await read;
        if (blocks !== this.#sending) return;
        this.#write(data(blocks.next, payload));
      }
      this.#sending = undefined;
    } catch (cause) {
      if (blocks !== this.#sending) return;
      const message = cause instanceof Error ? cause.message : String(cause);
      this.stop({ kind: 'failed', message }, 'file cannot be read');
    }
  }

  #end(end: SessionEnd): void {
    clearTimeout(this.#timer);
    this.#sending = undefined;
    this.#ended = true;
    this.#outcome.resolve(end);
  }

  /** A client that has all may leave before its last acknowledgement came through. */
  #left(otherwise: SessionEnd): SessionEnd {
    return this.#transfer.awaitsOnlyTheEnd ? this.#sent(false) : otherwise;
  }

  #sent(proven: boolean): SessionEnd {
    const seconds = (performance.now() - this.#started) / 1000;
    return { kind: 'sent', bytes: this.#settings.source.size, seconds, proven };
  }

  #bytes(): number {
    const { source, negotiated } = this.#settings;
    return Math.min(this.#transfer.acknowledged * negotiated.blockSize, source.size);
  }
}
