import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import * as c from '../net/libc.ts';
import type { ServerLimits } from './judge.ts';
import type { TftpEvent } from './reports.ts';
import type { Answer, Question } from './server.ts';
import type { TftpFile } from './source.ts';

export type { TftpEvent } from './reports.ts';
export type { TftpFile } from './source.ts';

export interface TftpOptions {
  /** Port 69, one socket for each address; transfers leave from the same address. */
  sockets: { fd: number; address: string }[];
  /** What a name stands for, asked once for each transfer; names are keys of a map, never paths. */
  files(name: string, client: string, local: string): TftpFile | undefined;
  onEvent(event: TftpEvent): void;
  log: Logger;
  limits?: Partial<ServerLimits>;
}

/** What the thread is given at its start. */
export interface Order {
  sockets: TftpOptions['sockets'];
  limits: Partial<ServerLimits>;
  /** An eventfd that ends its wait: there is a message. */
  wakeFd: number;
  debug: boolean;
}

/** What the thread tells; the first is `ready`. */
export type Told =
  | { type: 'ready' }
  | { type: 'questions'; questions: (Question & { id: number })[] }
  | { type: 'event'; event: TftpEvent }
  | { type: 'log'; level: 'debug' | 'error'; about: unknown; text: string };

/** What the thread hears. */
export type Heard = { stop: true } | { answers: (Answer & { id: number })[] };

/** Bytes from which a file in memory is shared with the thread rather than copied for each transfer. */
const SHARED_FROM = 16 << 10;
/**
 * MiB of V8's young generation. A session lives as long as its transfer: with V8's own size a flood of requests made it
 * take 100 MiB, and each of its collections held up all transfers for 20 ms.
 */
const YOUNG_MIB = 12;
const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

/**
 * Read-only TFTP on inherited sockets, on a thread of its own: a page or a download never makes a machine wait for its
 * next block. What names stand for is asked here, where hosts and images are known.
 */
export async function startTftp(options: TftpOptions): Promise<{
  /** Tells the clients, and closes the sockets. */
  stop(): Promise<void>;
}> {
  const { sockets, limits = {}, log } = options;
  const wakeFd = c.eventfd(0, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC);
  const order: Order = { sockets, limits, wakeFd, debug: log.isLevelEnabled('debug') };
  const worker = new Worker(new URL('./thread-program.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  const exited = once(worker, 'exit');
  const post = (message: Heard) => {
    worker.postMessage(message);
    writeSync(wakeFd, ONE);
  };
  const share = sharing();
  let stopping = false;
  const ready = Promise.withResolvers<void>();
  worker.on('message', (told: Told) => {
    if (told.type === 'ready') ready.resolve();
    else if (told.type === 'event') options.onEvent(told.event);
    else if (told.type === 'log') log[told.level](told.about, told.text);
    else if (!stopping)
      post({ answers: told.questions.map((asked) => ({ id: asked.id, ...answer(asked, options, share) })) });
  });
  worker.on('error', (error) => {
    log.error(error, 'TFTP thread');
    ready.reject(error);
  });
  worker.on('exit', () => {
    if (!stopping) process.exit(1); // the launcher starts the role again
  });
  await ready.promise;
  return {
    async stop() {
      stopping = true;
      post({ stop: true });
      await exited;
      for (const fd of [wakeFd, ...sockets.map((socket) => socket.fd)]) c.close(fd);
    },
  };
}

/** A defect while a name is looked up does not end the service. */
function answer(
  { name, client, local }: Question,
  { files }: TftpOptions,
  share: (file: TftpFile) => TftpFile,
): Answer {
  try {
    const file = files(name, client, local);
    return { file: file && share(file) };
  } catch (error) {
    return { failed: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** A loader that a rack asks for at once lies in memory once, for this thread and the other. */
function sharing(): (file: TftpFile) => TftpFile {
  const shared = new WeakMap<Uint8Array, Uint8Array>();
  return (file) => {
    if (!(file instanceof Uint8Array)) return file;
    if (file.length < SHARED_FROM) return Uint8Array.from(file);
    const found = shared.get(file);
    if (found) return found;
    const bytes = new Uint8Array(new SharedArrayBuffer(file.length));
    bytes.set(file);
    shared.set(file, bytes);
    return bytes;
  };
}
