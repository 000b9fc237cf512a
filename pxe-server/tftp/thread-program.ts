import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as c from '../net/libc.ts';
import { Reactor } from '../net/reactor.ts';
import type { TftpLog } from './reports.ts';
import { type Answer, type Question, TftpServer } from './server.ts';
import type { Heard, Order, Told } from './thread.ts';

/** Questions of one message: what the other thread has to do besides comes between two of them. */
const MOST_QUESTIONS = 64;

/** The life of the TFTP thread: turns until it is told to stop. */
const port = parentPort!;
const { sockets, limits, wakeFd, debug } = workerData as Order;
const tell = (told: Told) => port.postMessage(told);
const log: TftpLog = {
  error: (about: unknown, text?: string) => tell({ type: 'log', level: 'error', about, text: text ?? '' }),
  debug: (about: unknown, text?: string) =>
    debug && tell({ type: 'log', level: 'debug', about, text: text ?? '' }),
};

const waiting: (Question & { id: number })[] = [];
const asked = new Map<number, (answer: Answer) => void>();
let [last, underWay] = [0, 0];

const reactor = new Reactor();
const onEvent = (event: Extract<Told, { type: 'event' }>['event']) => tell({ type: 'event', event });
const server = new TftpServer({ sockets, limits, find, onEvent, log }, reactor);
reactor.watch(wakeFd, takeMessages);
reactor.atTurnEnd(askOn);
tell({ type: 'ready' });
reactor.run();
server.close();
reactor.close();
port.close();

function find(question: Question, found: (answer: Answer) => void): void {
  last += 1;
  asked.set(last, found);
  waiting.push({ ...question, id: last });
}

/** One message at a time is on its way, with all that were asked meanwhile. */
function askOn(): void {
  if (waiting.length === 0 || underWay > 0) return;
  const questions = waiting.splice(0, MOST_QUESTIONS);
  underWay = questions.length;
  tell({ type: 'questions', questions });
}

function takeMessages(): void {
  c.read(wakeFd, Buffer.alloc(8), 8);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const heard = next.message as Heard;
    if ('stop' in heard) {
      reactor.stop();
      return;
    }
    for (const { id, ...answer } of heard.answers) {
      underWay -= 1;
      asked.get(id)?.(answer);
      asked.delete(id);
    }
  }
}
