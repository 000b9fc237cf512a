import { readFileSync } from 'node:fs';
import * as c from '../../../pxe-server/net/libc.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';
import { ClientSocket } from './client-socket.ts';
import { Download, type Reaction } from './download.ts';

export interface ClientOptions {
  server: string;
  port: number;
  file: string;
  /** Where the file lies here, to compare with. */
  path: string;
  blockSize: number;
  windowSize: number;
  clients: number;
  /** Milliseconds. */
  timeout: number;
}

export interface ClientResult {
  /** From the first request to the last block of all. */
  seconds: number;
  /** Mean over the clients, each from its request to its last block. */
  meanSeconds: number;
  failed: number;
  /** Why the first failed. */
  why: string;
}

/** `client-program.ts OPTIONS`: downloads one file, by many clients at once, and prints one line of JSON. */
const options = JSON.parse(process.argv[2]!) as ClientOptions;
const RETRIES = 8;
const LARGEST = 65_536;

const expected = readFileSync(options.path);
const packet = Buffer.alloc(LARGEST);
const open = () => new ClientSocket(options.server, options.port);
const started = performance.now();
const ends: { seconds: number; why: string }[] = [];
if (options.clients === 1) alone();
else together();
const all = ends.map(({ seconds }) => seconds);
const result: ClientResult = {
  seconds: Math.max(...all),
  meanSeconds: all.reduce((sum, one) => sum + one, 0) / all.length,
  failed: ends.filter(({ why }) => why !== '').length,
  why: ends.find(({ why }) => why !== '')?.why ?? '',
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** One client waits at its own socket, as firmware does: what is measured is the server. */
function alone(): void {
  const download = new Download(options, expected);
  const socket = open();
  const seconds = BigInt(Math.floor(options.timeout / 1000));
  const timeval = Buffer.from(BigInt64Array.of(seconds, BigInt(options.timeout % 1000) * 1000n).buffer);
  c.setsockopt(socket.fd, c.SOL_SOCKET, c.SO_RCVTIMEO, timeval, timeval.length);
  socket.say(download);
  for (let silences = 0; silences < RETRIES; ) {
    const length = socket.hear(packet, 0);
    if (length < 0) {
      silences += 1;
      socket.say(download);
      continue;
    }
    silences = 0;
    const reaction = download.take(packet, length);
    if (reaction === 'said' || reaction === 'done') socket.say(download);
    if (reaction === 'done' || reaction === 'failed') {
      end(download.why);
      return;
    }
  }
  end('silence');
}

function together(): void {
  const reactor = new Reactor();
  for (let i = 0; i < options.clients; i++) {
    const download = new Download(options, expected);
    const socket = open();
    let silences = 0;
    const finish = (why: string) => {
      silence.clear();
      reactor.unwatch(socket.fd);
      c.close(socket.fd);
      end(why);
      if (ends.length === options.clients) reactor.stop();
    };
    const silence = reactor.timer(() => {
      silences += 1;
      if (silences > RETRIES) {
        finish('silence');
        return;
      }
      socket.say(download);
      silence.set(performance.now() + options.timeout);
    });
    reactor.watch(socket.fd, () => {
      const length = socket.hear(packet, c.MSG_DONTWAIT);
      if (length < 0) return;
      const reaction: Reaction = download.take(packet, length);
      if (reaction === 'nothing') return;
      silences = 0;
      if (reaction !== 'failed') socket.say(download);
      if (reaction === 'said') silence.set(performance.now() + options.timeout);
      else finish(download.why);
    });
    socket.say(download);
    silence.set(performance.now() + options.timeout);
  }
  reactor.run();
  reactor.close();
}

function end(why: string): void {
  ends.push({ seconds: (performance.now() - started) / 1000, why });
}
