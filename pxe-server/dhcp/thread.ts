import { once } from 'node:events';
import { writeSync } from 'node:fs';
import {
  isMainThread,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import type { Logger } from 'pino';
import { RackhandError } from '../../builder/shared/errors.ts';
import * as c from '../net/libc.ts';
import { Reactor } from '../net/reactor.ts';
import type { DhcpEvent, DhcpLog } from './reports.ts';
import { type DhcpOptions, DhcpServer } from './server.ts';

/** What the thread tells; the first is `ready` or `failed`. */
type Told =
  | { type: 'ready' }
  | { type: 'failed'; code: string; message: string; mend: string }
  | { type: 'event'; event: DhcpEvent }
  | { type: 'log'; level: keyof DhcpLog; about: unknown; text: string };

interface Order {
  settings: unknown;
  wakeFd: number;
  debug: boolean;
}

/** What the thread's program makes of its settings; `told` takes what `notify` sends. */
export interface DhcpProgram {
  options: Omit<DhcpOptions, 'onEvent' | 'log'>;
  told(message: unknown): void;
  /** Starts what else answers on this thread. @throws RackhandError */
  beside?(reactor: Reactor, report: Pick<DhcpOptions, 'onEvent' | 'log'>): { close(): void };
}

export interface DhcpThread {
  /** Sends the thread something; it is taken before the next packet. */
  notify(message: unknown): void;
  /** Resolves when the last answers have left. */
  stop(): Promise<void>;
}

/**
 * Starts a program that calls `runDhcpThread` on a thread of its own: its loop waits for packets and for the disk, and
 * nothing else of the process makes a machine wait.
 * @throws RackhandError as DhcpServer
 */
export async function startDhcpThread(
  program: URL,
  settings: unknown,
  { onEvent, log }: { onEvent(event: DhcpEvent): void; log: Logger },
): Promise<DhcpThread> {
  const wakeFd = c.eventfd(0, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC);
  const order: Order = { settings, wakeFd, debug: log.isLevelEnabled('debug') };
  const worker = new Worker(program, { workerData: order });
  const exited = once(worker, 'exit');
  let stopping = false;
  worker.on('message', (told: Told) => {
    if (told.type === 'event') onEvent(told.event);
    if (told.type === 'log') log[told.level](told.about, told.text);
  });
  await firstWord(worker);
  const post = (message: { stop: true } | { body: unknown }) => {
    worker.postMessage(message);
    writeSync(wakeFd, ONE);
  };
  worker.on('error', (error) => log.error(error, 'DHCP thread'));
  worker.on('exit', () => {
    if (!stopping) process.exit(1); // the launcher starts the role again
  });
  return {
    notify: (body) => post({ body }),
    async stop() {
      stopping = true;
      post({ stop: true });
      await exited;
      c.close(wakeFd);
    },
  };
}

const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

async function firstWord(worker: Worker): Promise<void> {
  const [told] = (await once(worker, 'message')) as [Told];
  if (told.type === 'failed') throw new RackhandError(told.code, told.message, told.mend);
}

/** The life of the thread: a server made of the settings, turning until it is told to stop. */
export function runDhcpThread<Settings>(program: (settings: Settings) => DhcpProgram): void {
  if (isMainThread || !parentPort) throw new Error('runs on a thread that startDhcpThread made');
  const port = parentPort;
  const tell = (told: Told) => port.postMessage(told);
  const { settings, wakeFd, debug } = workerData as Order;
  const log: DhcpLog = {
    error: (about: unknown, text?: string) => tell({ type: 'log', level: 'error', about, text: text ?? '' }),
    debug: (about: unknown, text?: string) =>
      debug && tell({ type: 'log', level: 'debug', about, text: text ?? '' }),
  };
  const reactor = new Reactor();
  try {
    const { options, told, beside } = program(settings as Settings);
    const report = { log, onEvent: (event: DhcpEvent) => tell({ type: 'event', event }) };
    const server = new DhcpServer({ ...options, ...report }, reactor);
    const others = beside?.(reactor, report);
    reactor.watch(wakeFd, () => takeMessages(port, wakeFd, told, () => reactor.stop()));
    tell({ type: 'ready' });
    reactor.run();
    others?.close();
    server.close();
  } catch (error) {
    if (!(error instanceof RackhandError)) throw error;
    tell({ type: 'failed', code: error.code, message: error.message, mend: error.mend });
  }
  port.close();
}

function takeMessages(
  port: MessagePort,
  wakeFd: number,
  told: (message: unknown) => void,
  stop: () => void,
): void {
  c.read(wakeFd, Buffer.alloc(8), 8);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const message = next.message as { stop: true } | { body: unknown };
    if ('stop' in message) stop();
    else told(message.body);
  }
}
