import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { descriptorOf } from '../../net/acknowledged.ts';
import * as c from '../../net/libc.ts';
import type { Failure, Sent, Transfer } from './pump.ts';
import type { Heard } from './thread.ts';

/** Part of an open file, and what the file was when it was opened. */
export interface FilePart {
  fd: number;
  start: number;
  /** After the last byte. */
  end: number;
  size: number;
  mtimeNs: bigint;
}

interface Waiting {
  /** The thread's own descriptor of the connection, which it closes before it tells the end. */
  copy: number;
  settle(sent: Sent): void;
}

const THREAD = new URL('./thread.ts', import.meta.url);
const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

/** A thread with a pump (thread.ts), from here. */
export class SendingThread {
  /** When the thread runs no more, whether it was stopped or has failed. */
  readonly ended: Promise<void>;
  readonly #wakeFd = c.eventfd(0, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC);
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #running = true;

  constructor(stallMs: number, onError: (error: unknown) => void) {
    this.#worker = new Worker(THREAD, { workerData: { wakeFd: this.#wakeFd, stallMs } });
    this.#worker.on('message', ({ id, sent }: { id: number; sent: Sent }) => this.#settle(id, sent));
    this.#worker.on('error', onError);
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end();
        resolve();
      });
    });
  }

  async send(socket: Socket, { fd: file, ...part }: FilePart): Promise<Sent> {
    // A descriptor of its own: Node may close the connection at any time, and the number be another's then.
    const descriptor = clearDescriptorOf(socket);
    const copy = descriptor === undefined || !this.#running ? -1 : c.duplicate(descriptor);
    if (copy < 0) return nothing('gone');
    const id = ++this.#count;
    const ended = new Promise<Sent>((settle) => this.#waiting.set(id, { copy, settle }));
    const gone = () => this.#running && this.#post({ abort: id });
    socket.once('close', gone);
    const transfer: Transfer = { id, socket: copy, file, ...part };
    this.#post(transfer);
    const sent = await ended;
    socket.off('close', gone);
    return sent;
  }

  async stop(): Promise<void> {
    if (this.#running) this.#post({ stop: true });
    await this.ended;
  }

  #post(message: Heard): void {
    this.#worker.postMessage(message);
    writeSync(this.#wakeFd, ONE);
  }

  #settle(id: number, sent: Sent): void {
    this.#waiting.get(id)?.settle(sent);
    this.#waiting.delete(id);
  }

  #end(): void {
    this.#running = false;
    c.close(this.#wakeFd);
    for (const [id, { copy }] of [...this.#waiting]) {
      c.close(copy); // of what the thread has told no end, it has closed nothing
      this.#settle(id, nothing('aborted'));
    }
  }
}

export function nothing(failure: Failure): Sent {
  return { bytes: 0, failure };
}

/** In the clear: what TLS sends has to pass Node. */
export function clearDescriptorOf(socket: Socket): number | undefined {
  return 'encrypted' in socket ? undefined : descriptorOf(socket);
}
