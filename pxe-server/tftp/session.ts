import type { ConnectedSocket, Incoming } from '../net/connected-socket.ts';
import { NOTHING, REFUSED } from '../net/connected-socket.ts';
import type { Timer } from '../net/timers.ts';
import { Blocks, type PieceMemory } from './blocks.ts';
import { acknowledged, decode, ErrorCode, error, optionAck } from './codec.ts';
import type { Negotiated, TransferLimits } from './negotiate.ts';
import type { Source } from './source.ts';
import { type Step, Transfer } from './transfer.ts';

export type SessionEnd =
  /** Unproven: the acknowledgement of the end is missing, as of a client that leaves once it has all. */
  | { kind: 'sent'; proven: boolean }
  /** The client ended it: after asking for the size, or because it had enough. */
  | { kind: 'aborted'; message: string }
  | { kind: 'gave-up' }
  /** Never answered, and others wanted its place. */
  | { kind: 'dropped' }
  | { kind: 'failed'; message: string };

/** What a transfer came to. */
export interface Figures {
  /** Bytes of the file that the client has acknowledged. */
  bytes: number;
  seconds: number;
  /** Packets that were sent again, and those of them that the client asked for. */
  repeats: number;
  requested: number;
}

export interface SessionSettings {
  /** Connected to the client, bound to the address that it asked: what others send is nothing (RFC 1350 section 4). */
  socket: ConnectedSocket;
  source: Source;
  negotiated: Negotiated;
  limits: TransferLimits;
  memory: PieceMemory;
  /** For what comes in: good until the next packet of any session. */
  packet: Incoming;
  timer(run: () => void): Timer;
  ended(end: SessionEnd, figures: Figures): void;
}

/** Milliseconds until the disk or a full socket is looked at again. */
const SOON = 2;

/** Sends one file. Whoever made it calls `ready` when its socket can be read. */
export class Session {
  readonly #settings: SessionSettings;
  readonly #transfer: Transfer;
  readonly #blocks: Blocks;
  readonly #silence: Timer;
  /** Made when the disk or the socket makes it wait. */
  #again: Timer | undefined;
  readonly #started = performance.now();
  /** Blocks that are still to be sent. */
  #next = 1;
  #last = 0;
  #ended = false;

  constructor(settings: SessionSettings) {
    const { source, negotiated, limits, memory } = settings;
    this.#settings = settings;
    this.#transfer = new Transfer(source.size, negotiated, limits);
    this.#blocks = new Blocks(source, negotiated.blockSize, memory);
    this.#silence = settings.timer(() => this.#silent());
  }

  /** The client has answered, so that its request is not on its way any more. */
  get answered(): boolean {
    return this.#transfer.answered;
  }

  start(): void {
    this.#take(this.#transfer.start(this.#started), this.#started);
  }

  /** The client sent its request again. */
  repeat(): void {
    if (this.#ended) return;
    const now = performance.now();
    this.#take(this.#transfer.repeatStart(now), now);
  }

  /**
   * Takes one packet. @param wait for it, a few milliseconds
   * @returns whether one came and the transfer goes on
   */
  ready(wait = false): boolean {
    if (this.#ended) return false;
    const { socket, packet } = this.#settings;
    const length = socket.receive(packet, wait);
    if (length === NOTHING) return false;
    const block = acknowledged(packet.bytes, length);
    if (block >= 0) {
      const now = performance.now();
      this.#take(this.#transfer.acknowledge(block, now), now);
    } else if (length === REFUSED) this.#refused();
    else this.#other(packet.bytes.subarray(0, length));
    return !this.#ended;
  }

  /** Ends as that, and tells the client if there is something to tell. */
  stop(end: SessionEnd, told?: string): void {
    if (this.#ended) return;
    if (told !== undefined) this.#write(error(ErrorCode.undefined, told));
    this.#end(end);
  }

  /** What is no acknowledgement: an error ends the transfer, anything else is nothing. */
  #other(bytes: Buffer): void {
    const packet = decode(bytes);
    if ('malformed' in packet || packet.kind !== 'error') return;
    this.#end({ kind: 'aborted', message: `${packet.code} ${packet.message}`.trim() });
  }

  #take(step: Step, now: number): void {
    if (step.kind === 'wait' || this.#ended) return;
    if (step.kind === 'done') {
      this.#end({ kind: 'sent', proven: true });
      return;
    }
    if (step.kind === 'give-up') {
      this.#end(this.#left({ kind: 'gave-up' }));
      return;
    }
    if (step.kind === 'options') this.#write(optionAck(this.#settings.negotiated.accepted));
    else {
      // What still waits for the disk goes on, unless the window starts anew.
      if (this.#next > this.#last || step.from !== this.#last + 1) this.#next = step.from;
      this.#last = step.to;
      this.#send();
    }
    if (!this.#ended) this.#silence.set(now + this.#transfer.wait);
  }

  #silent(): void {
    const now = performance.now();
    // The client is not silent while the disk is slow.
    if (this.#next <= this.#last) this.#silence.set(now + this.#transfer.wait);
    else this.#take(this.#transfer.silence(now), now);
  }

  #send(): void {
    const { socket } = this.#settings;
    try {
      while (this.#next <= this.#last) {
        const packets = this.#blocks.packets(this.#next, this.#last);
        if (packets === 'cold') {
          this.#soon();
          return;
        }
        const size = this.#blocks.packet;
        const { result, done } = socket.sendAll(packets.address, packets.length, size);
        this.#next += result === 'sent' ? packets.count : Math.floor(done / size);
        if (result === 'refused') {
          this.#refused();
          return;
        }
        if (result === 'full') {
          this.#soon();
          return;
        }
      }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      this.stop({ kind: 'failed', message }, 'file cannot be read');
    }
    // Requests with forged senders are never answered: they take no memory.
    if (!this.#transfer.answered) this.#blocks.release();
  }

  #soon(): void {
    this.#again ??= this.#settings.timer(() => {
      if (!this.#ended) this.#send();
    });
    this.#again.set(performance.now() + SOON);
  }

  #write(packet: Buffer): void {
    if (this.#settings.socket.send(packet) === 'refused') this.#refused();
  }

  /** The port is closed (ICMP). Anything else that the network says for a moment ends by itself or in silence. */
  #refused(): void {
    this.#end(this.#left({ kind: 'aborted', message: 'its port is closed, or a filter refuses UDP' }));
  }

  #end(end: SessionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#silence.clear();
    this.#again?.clear();
    this.#blocks.release();
    const { source, negotiated, ended } = this.#settings;
    source.close();
    const all = end.kind === 'sent';
    ended(end, {
      bytes: all ? source.size : Math.min(this.#transfer.acknowledged * negotiated.blockSize, source.size),
      seconds: (performance.now() - this.#started) / 1000,
      repeats: this.#transfer.repeats,
      requested: this.#transfer.requested,
    });
  }

  /** A client that has all may leave before its last acknowledgement came through. */
  #left(otherwise: SessionEnd): SessionEnd {
    return this.#transfer.awaitsOnlyTheEnd ? { kind: 'sent', proven: false } : otherwise;
  }
}
