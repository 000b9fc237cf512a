import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { data, decode, ErrorCode, error, optionAck } from './codec.ts';
import type { Source } from './source.ts';
import { type Negotiated, type Step, Transfer, type TransferLimits } from './transfer.ts';

export type SessionEnd =
  | { kind: 'sent'; bytes: number; seconds: number }
  /** The client ended it: after asking for the size, or because it had enough. */
  | { kind: 'aborted'; message: string }
  | { kind: 'gave-up'; bytes: number }
  | { kind: 'failed'; message: string };

/**
 * Sends one file from a socket of its own, connected to the client so that the kernel drops what others
 * send (RFC 1350 section 4: the transfer identifier).
 */
export async function runSession(
  client: { address: string; port: number },
  localAddress: string,
  source: Source,
  negotiated: Negotiated,
  limits: TransferLimits,
  signal: AbortSignal,
): Promise<SessionEnd> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ port: 0, address: localAddress, exclusive: true });
    await once(socket, 'listening', { signal });
    socket.connect(client.port, client.address);
    await once(socket, 'connect', { signal });
    return await new Session(socket, source, negotiated, limits, signal).run();
  } catch (cause) {
    return { kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    socket.close();
  }
}

class Session {
  readonly #socket: Socket;
  readonly #source: Source;
  readonly #negotiated: Negotiated;
  readonly #transfer: Transfer;
  readonly #signal: AbortSignal;
  readonly #started = Date.now();
  #timer: NodeJS.Timeout | undefined;
  /** A newer step makes an older one, which may wait for the disk, stop sending. */
  #generation = 0;

  constructor(
    socket: Socket,
    source: Source,
    negotiated: Negotiated,
    limits: TransferLimits,
    signal: AbortSignal,
  ) {
    this.#socket = socket;
    this.#source = source;
    this.#negotiated = negotiated;
    this.#transfer = new Transfer(source.size, negotiated, limits);
    this.#signal = signal;
  }

  run(): Promise<SessionEnd> {
    return new Promise((done) => {
      const end = (result: SessionEnd) => {
        clearTimeout(this.#timer);
        this.#generation += 1;
        this.#signal.removeEventListener('abort', stopped);
        done(result);
      };
      const stopped = () => {
        this.#socket.send(error(ErrorCode.undefined, 'server stops'), () =>
          end({ kind: 'failed', message: 'server stopped' }),
        );
      };
      this.#signal.addEventListener('abort', stopped, { once: true });
      // A client that closed its port answers with ICMP; the time-out speaks for it.
      this.#socket.on('error', () => {});
      this.#socket.on('message', (bytes) => {
        const packet = decode(bytes);
        if ('malformed' in packet) return;
        if (packet.kind === 'error') end({ kind: 'aborted', message: `${packet.code} ${packet.message}` });
        else if (packet.kind === 'ack') this.#take(this.#transfer.acknowledge(packet.block), end);
      });
      this.#take(this.#transfer.start(), end);
    });
  }

  #take(step: Step, end: (result: SessionEnd) => void): void {
    if (step.kind === 'wait') return;
    clearTimeout(this.#timer);
    if (step.kind === 'done') {
      end({ kind: 'sent', bytes: this.#source.size, seconds: (Date.now() - this.#started) / 1000 });
      return;
    }
    if (step.kind === 'give-up') {
      const bytes = Math.min(this.#transfer.acknowledged * this.#negotiated.blockSize, this.#source.size);
      end({ kind: 'gave-up', bytes });
      return;
    }
    this.#generation += 1;
    if (step.kind === 'options') this.#socket.send(optionAck(this.#negotiated.accepted));
    else
      void this.#send(step.from, step.to, this.#generation).catch((cause: Error) => {
        this.#socket.send(error(ErrorCode.undefined, 'file cannot be read'), () =>
          end({ kind: 'failed', message: cause.message }),
        );
      });
    this.#timer = setTimeout(() => this.#take(this.#transfer.silence(), end), this.#transfer.wait);
  }

  async #send(from: number, to: number, generation: number): Promise<void> {
    const { blockSize } = this.#negotiated;
    for (let block = from; block <= to; block++) {
      const read = this.#source.read((block - 1) * blockSize, blockSize);
      const payload = Buffer.isBuffer(read) ? read : await read;
      if (generation !== this.#generation) return;
      this.#socket.send(data(block, payload));
    }
  }
}
