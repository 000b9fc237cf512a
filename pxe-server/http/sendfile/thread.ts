import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as c from '../../net/libc.ts';
import { Reactor } from '../../net/reactor.ts';
import { Pump, type Transfer } from './pump.ts';

/** What the thread hears. */
export type Heard = { stop: true } | { abort: number } | Transfer;

/** The thread of `SendingThread`: a pump that turns until it is told to stop. */
const { wakeFd, stallMs } = workerData as { wakeFd: number; stallMs: number };
const port = parentPort!;
const reactor = new Reactor();
const pump = new Pump(reactor, stallMs, (id, sent) => port.postMessage({ id, sent }));
const counter = Buffer.alloc(8);
reactor.watch(wakeFd, () => {
  c.read(wakeFd, counter, counter.length);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const heard = next.message as Heard;
    if ('stop' in heard) reactor.stop();
    else if ('abort' in heard) pump.abort(heard.abort);
    else pump.add(heard);
  }
});
try {
  reactor.run();
} finally {
  // Also where it fails: a connection of which a descriptor stays open here would end for nobody.
  pump.close();
  reactor.close();
  port.close();
}
