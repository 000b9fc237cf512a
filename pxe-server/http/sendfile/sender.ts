import { once } from 'node:events';
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

export interface Sender {
  /** Its thread runs, and the connection is one that it can send over. */
  takes(socket: Socket): boolean;
  /**
   * Sends a part of a file over a connection that Node has nothing to write to, and writes nothing to meanwhile. The file
   * must stay open until then.
   * @returns where it failed, the connection is to be destroyed
   */
  send(socket: Socket, part: FilePart): Promise<Sent>;
  stop(): Promise<void>;
}

const THREAD = new URL('./thread.ts', import.meta.url);
const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

/**
 * Starts the thread that sends bodies of large files past Node.
 * @param stallMs a connection that takes no byte for so long is given up
 */
export function startSender(stallMs: number, onError: (error: unknown) => void): Sender {
  const wakeFd = c.eventfd(0, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC);
  const worker = new Worker(THREAD, { workerData: { wakeFd, stallMs } });
  const exited = once(worker, 'exit').catch(() => undefined);
  const waiting = new Map<number, (sent: Sent) => void>();
  let count = 0;
  let running = true;
  let stopped = false;
  const settle = (id: number, sent: Sent) => {
    waiting.get(id)?.(sent);
    waiting.delete(id);
  };
  worker.on('message', ({ id, sent }: { id: number; sent: Sent }) => settle(id, sent));
  worker.on('error', onError);
  worker.on('exit', () => {
    running = false;
    for (const id of [...waiting.keys()]) settle(id, nothing('aborted'));
  });
  const post = (message: Heard) => {
    worker.postMessage(message);
    writeSync(wakeFd, ONE);
  };

  return {
    takes: (socket) => running && clearDescriptorOf(socket) !== undefined,
    async send(socket, { fd: file, ...part }) {
      // A descriptor of its own: Node may close the connection at any time, and the number be another's then.
      const descriptor = clearDescriptorOf(socket);
      const copy = descriptor === undefined || !running ? -1 : c.duplicate(descriptor);
      if (copy < 0) return nothing('gone');
      const id = ++count;
      const ended = new Promise<Sent>((resolve) => waiting.set(id, resolve));
      const gone = () => running && post({ abort: id });
      socket.once('close', gone);
      const transfer: Transfer = { id, socket: copy, file, ...part };
      post(transfer);
      const sent = await ended;
      socket.off('close', gone);
      return sent;
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      if (running) post({ stop: true });
      running = false;
      await exited;
      c.close(wakeFd);
    },
  };
}

function nothing(failure: Failure): Sent {
  return { bytes: 0, failure };
}

/** In the clear: what TLS sends has to pass Node. */
function clearDescriptorOf(socket: Socket): number | undefined {
  return 'encrypted' in socket ? undefined : descriptorOf(socket);
}
