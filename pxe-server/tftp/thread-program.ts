import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as c from '../net/libc.ts';
import { Reactor } from '../net/reactor.ts';
import { Questions } from './questions.ts';
import type { TftpLog } from './reports.ts';
import { TftpServer } from './server.ts';
import type { Heard, Order, Told } from './thread.ts';

/** The life of the TFTP thread: turns until it is told to stop. */
const port = parentPort!;
const { sockets, limits, wakeFd, debug } = workerData as Order;
const tell = (told: Told) => port.postMessage(told);
const log: TftpLog = {
  error: (about: unknown, text?: string) => tell({ type: 'log', level: 'error', about, text: text ?? '' }),
  debug: (about: unknown, text?: string) =>
    debug && tell({ type: 'log', level: 'debug', about, text: text ?? '' }),
};

const questions = new Questions((some) => tell({ type: 'questions', questions: some }));
const reactor = new Reactor();
const onEvent = (event: Extract<Told, { type: 'event' }>['event']) => tell({ type: 'event', event });
const find = questions.ask.bind(questions);
const server = new TftpServer({ sockets, limits, find, onEvent, log }, reactor);
reactor.watch(wakeFd, takeMessages);
reactor.atTurnEnd(() => questions.turnEnds());
tell({ type: 'ready' });
reactor.run();
server.close();
reactor.close();
port.close();

function takeMessages(): void {
  c.read(wakeFd, Buffer.alloc(8), 8);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const heard = next.message as Heard;
    if ('stop' in heard) {
      reactor.stop();
      return;
    }
    questions.answered(heard.answers);
  }
}
