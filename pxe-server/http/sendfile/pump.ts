import { fstatSync } from 'node:fs';
import * as c from '../../net/libc.ts';
import type { Reactor } from '../../net/reactor.ts';

/** Bytes from a file to a connection. */
export interface Transfer {
  id: number;
  /** The connection, non-blocking; the pump closes it. */
  socket: number;
  /** The file; it stays open until the pump has told the end. */
  file: number;
  start: number;
  /** After the last byte. */
  end: number;
  /** What the file was when its first byte was sent: it must be so when the last one is. */
  size: number;
  mtimeNs: bigint;
}

/** Why a connection is good for nothing any more. */
export type Failure = 'changed' | 'stalled' | 'gone' | 'aborted';

/** What became of a transfer: bytes that are with the kernel, all of them where nothing failed. */
export interface Sent {
  bytes: number;
  failure: Failure | undefined;
}

interface Running extends Transfer {
  at: BigInt64Array;
  /** When it last took a byte, milliseconds of `performance.now()`. */
  moved: number;
}

/** Most bytes of one connection in one turn, so that all move on together. */
const PORTION = 1 << 22;
/** Milliseconds between two looks for those that take nothing. */
const LOOK_MS = 1000;

/**
 * Moves bytes from files to connections inside the kernel (sendfile(2)), a portion of each connection that can take
 * one, in turn. It holds nothing but offsets: what waits is in the page cache and in the buffers of the sockets.
 */
export class Pump {
  readonly #reactor: Reactor;
  readonly #ended: (id: number, sent: Sent) => void;
  readonly #running = new Map<number, Running>();

  /** @param stallMs a connection that takes no byte for so long has failed */
  constructor(reactor: Reactor, stallMs: number, ended: (id: number, sent: Sent) => void) {
    this.#reactor = reactor;
    this.#ended = ended;
    reactor.every(Math.min(LOOK_MS, stallMs), () => this.#giveUpStalled(stallMs));
  }

  add(transfer: Transfer): void {
    const { start } = transfer;
    const running = { ...transfer, at: BigInt64Array.of(BigInt(start)), moved: performance.now() };
    this.#running.set(transfer.id, running);
    this.#reactor.watchWritable(transfer.socket, () => this.#move(running));
  }

  abort(id: number): void {
    const running = this.#running.get(id);
    if (running) this.#end(running, 'aborted');
  }

  close(): void {
    for (const running of [...this.#running.values()]) this.#end(running, 'aborted');
  }

  #move(running: Running): void {
    const { socket, file, at, end } = running;
    const left = end - Number(at[0]);
    // Before the answer is whole, never after it.
    const whole = left > PORTION || isUnchanged(running);
    const sent = whole ? c.sendfile(socket, file, at, Math.min(left, PORTION)) : 0;
    if (sent > 0) running.moved = performance.now();
    if (sent === 0)
      this.#end(running, 'changed'); // none are left: it is shorter than it was
    else if (sent < 0) this.#failed(running, c.lastErrno());
    else if (sent === left) this.#end(running, undefined);
  }

  #failed(running: Running, error: string): void {
    if (error !== 'EAGAIN' && error !== 'EINTR') this.#end(running, 'gone');
  }

  #giveUpStalled(stallMs: number): void {
    const now = performance.now();
    for (const running of [...this.#running.values()])
      if (now - running.moved > stallMs) this.#end(running, 'stalled');
  }

  #end(running: Running, failure: Failure | undefined): void {
    this.#running.delete(running.id);
    this.#reactor.unwatch(running.socket);
    c.close(running.socket);
    this.#ended(running.id, { bytes: Number(running.at[0]) - running.start, failure });
  }
}

function isUnchanged({ file, size, mtimeNs }: Transfer): boolean {
  const now = fstatSync(file, { bigint: true });
  return now.size === BigInt(size) && now.mtimeNs === mtimeNs;
}
