import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import {
  isMainThread,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { Logger } from 'pino';
import { RackhandError } from '../../builder/shared/errors.ts';
import * as c from '../net/libc.ts';
import { Reactor } from '../net/reactor.ts';
import { type PackedQuestion, pack, unpack } from './leases/packed.ts';
import type { LeaseQuestion } from './leases/questions.ts';
import { endSyncs, openSyncChannel, SyncByThread, type SyncChannel } from './leases/syncer.ts';
import type { DhcpEvent, DhcpLog } from './reports.ts';
import { type DhcpOptions, DhcpServer } from './server.ts';
import type { Tapped } from './tap.ts';

/** What the thread tells: first that it is `loaded`; once it has its order, that it is `ready` or has `failed`. */
type Told =
  | { type: 'loaded' }
  | { type: 'ready' }
  | ({ type: 'failed' } & Refusal)
  | { type: 'answer'; id: number; value: unknown }
  | ({ type: 'refused'; id: number } & Refusal)
  | { type: 'events'; events: DhcpEvent[] }
  | { type: 'tapped'; tapped: Tapped[] }
  | { type: 'log'; level: keyof DhcpLog; about: unknown; text: string };

interface Refusal {
  code: string;
  message: string;
  mend: string;
}

/** What the thread hears, after its order. */
type Heard = { stop: true } | { body: unknown } | { id: number; question: PackedQuestion };

interface Order {
  settings: unknown;
  wakeFd: number;
  syncs: SyncChannel;
  debug: boolean;
  /** Packets of machines that boot are wanted. */
  taps: boolean;
}

/** What the thread's program makes of its settings; `told` takes what `notify` sends. */
export interface DhcpProgram {
  options: Omit<DhcpOptions, 'onEvent' | 'onTapped' | 'log'>;
  told(message: unknown): void;
  /** Starts what else answers on this thread. @throws RackhandError */
  beside?(reactor: Reactor, report: Pick<DhcpOptions, 'onEvent' | 'log'>): { close(): void };
}

export interface DhcpThread {
  /** Sends the thread something; it is taken before the next packet. */
  notify(message: unknown): void;
  /** @throws RackhandError as DhcpServer.ask */
  ask(question: LeaseQuestion): Promise<unknown>;
  /** Resolves when the last answers have left. */
  stop(): Promise<void>;
}

/** A thread that has loaded its program, and the one that will wait for the disk. */
export interface LoadedThread {
  worker: Worker;
  syncer: Worker;
  syncs: SyncChannel;
}

/**
 * Loads a program that calls `runDhcpThread` on a thread of its own, which then waits for its order. A role does so before
 * it gives up root: no file of the program is read afterwards, and what was compiled is kept where only root may write.
 */
export async function loadDhcpThread(program: URL): Promise<LoadedThread> {
  const syncs = openSyncChannel();
  const worker = new Worker(program);
  const syncer = new Worker(SYNC_THREAD, { workerData: syncs });
  await Promise.all([once(worker, 'message'), once(syncer, 'message')]);
  // A process that never gives the order ends all the same.
  for (const thread of [worker, syncer]) thread.unref();
  return { worker, syncer, syncs };
}

/**
 * Starts a program that calls `runDhcpThread` on a thread of its own: its loop waits for packets and for the disk, and
 * nothing else of the process makes a machine wait.
 * @throws RackhandError as DhcpServer
 */
export async function startDhcpThread(
  program: URL | LoadedThread,
  settings: unknown,
  {
    onEvent,
    onTapped,
    log,
  }: { onEvent(event: DhcpEvent): void; onTapped?(tapped: Tapped[]): void; log: Logger },
): Promise<DhcpThread> {
  const { worker, syncer, syncs } = program instanceof URL ? await loadDhcpThread(program) : program;
  for (const thread of [worker, syncer]) thread.ref();
  const wakeFd = c.eventfd(0, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC);
  const order: Order = {
    ...{ settings, wakeFd, syncs, debug: log.isLevelEnabled('debug') },
    taps: onTapped !== undefined,
  };
  worker.postMessage(order);
  const exited = once(worker, 'exit');
  let stopping = false;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  worker.on('message', (told: Told) => {
    if (told.type === 'answer') settle(waiting, told.id)?.resolve(told.value);
    if (told.type === 'refused')
      settle(waiting, told.id)?.reject(new RackhandError(told.code, told.message, told.mend));
    if (told.type === 'events') for (const event of told.events) onEvent(event);
    if (told.type === 'tapped') onTapped?.(told.tapped);
    if (told.type === 'log') log[told.level](told.about, told.text);
  });
  await firstWord(worker).catch((error) => {
    endSyncs(syncs);
    throw error;
  });
  const post = (message: Heard) => {
    worker.postMessage(message);
    writeSync(wakeFd, ONE);
  };
  for (const thread of [worker, syncer]) {
    thread.on('error', (error) => log.error(error, 'DHCP thread'));
    thread.on('exit', () => {
      if (!stopping) process.exit(1); // the launcher starts the role again
    });
  }
  return {
    notify: (body) => post({ body }),
    ask(question) {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(++asked, answer);
      post({ id: asked, question: pack(question) });
      return answer.promise;
    },
    async stop() {
      stopping = true;
      post({ stop: true });
      await exited;
      endSyncs(syncs);
      c.close(wakeFd);
    },
  };
}

const SYNC_THREAD = new URL('./leases/sync-thread.ts', import.meta.url);
const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

function settle<T>(waiting: Map<number, T>, id: number): T | undefined {
  const found = waiting.get(id);
  waiting.delete(id);
  return found;
}

async function firstWord(worker: Worker): Promise<void> {
  const [told] = (await once(worker, 'message')) as [Told];
  if (told.type === 'failed') throw new RackhandError(told.code, told.message, told.mend);
}

/** The life of the thread: it waits for its order, then a server made of the settings turns until it is told to stop. */
export function runDhcpThread<Settings>(program: (settings: Settings) => DhcpProgram): void {
  if (isMainThread || !parentPort) throw new Error('runs on a thread that startDhcpThread made');
  const port = parentPort;
  port.once('message', (order: Order) => serveOn(port, order, program));
  flushCompileCache();
  port.postMessage({ type: 'loaded' } satisfies Told);
}

function serveOn<Settings>(
  port: MessagePort,
  { settings, wakeFd, syncs, debug, taps }: Order,
  program: (settings: Settings) => DhcpProgram,
): void {
  const tell = (told: Told) => port.postMessage(told);
  const log: DhcpLog = {
    error: (about: unknown, text?: string) => tell({ type: 'log', level: 'error', about, text: text ?? '' }),
    debug: (about: unknown, text?: string) =>
      debug && tell({ type: 'log', level: 'debug', about, text: text ?? '' }),
  };
  const reactor = new Reactor({ pace: 2 });
  try {
    const { options, told, beside } = program(settings as Settings);
    // One message for all of a turn: each wakes the other thread, and costs more than what it tells.
    const events: DhcpEvent[] = [];
    const tellEvents = () => {
      if (events.length > 0) tell({ type: 'events', events: events.splice(0) });
    };
    const report = { log, onEvent: (event: DhcpEvent) => void events.push(event) };
    const all: DhcpOptions = {
      ...{ ...options, ...report },
      ...(taps ? { onTapped: (tapped: Tapped[]) => tell({ type: 'tapped', tapped }) } : {}),
    };
    const server = new DhcpServer(all, reactor, new SyncByThread(syncs, reactor));
    const others = beside?.(reactor, report);
    const answer = (id: number, question: PackedQuestion): Told => {
      try {
        return { type: 'answer', id, value: server.ask(unpack(question)) };
      } catch (error) {
        if (!(error instanceof RackhandError)) log.error(error, 'question about leases');
        return { type: 'refused', id, ...refusal(error) };
      }
    };
    reactor.watch(wakeFd, () =>
      takeMessages(port, wakeFd, (heard) => {
        if ('stop' in heard) reactor.stop();
        else if ('question' in heard) tell(answer(heard.id, heard.question));
        else told(heard.body);
      }),
    );
    reactor.atTurnEnd(tellEvents);
    tell({ type: 'ready' });
    reactor.run();
    others?.close();
    server.close();
    tellEvents();
    reactor.close();
  } catch (error) {
    if (!(error instanceof RackhandError)) throw error;
    tell({ type: 'failed', ...refusal(error) });
  }
  port.close();
}

function refusal(error: unknown): Refusal {
  if (error instanceof RackhandError) return { code: error.code, message: error.message, mend: error.mend };
  return { code: 'internal', message: String(error), mend: 'look at the log of role dhcp' };
}

function takeMessages(port: MessagePort, wakeFd: number, take: (heard: Heard) => void): void {
  c.read(wakeFd, Buffer.alloc(8), 8);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    take(next.message as Heard);
}
