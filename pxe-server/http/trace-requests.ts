import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { bytesAcknowledged } from '../net/acknowledged.ts';
import { thingOf } from '../trace/attempt.ts';
import type { HttpFact, HttpThing, Step } from '../trace/entry.ts';
import { bytesPast } from './body.ts';

/** Those whose download takes long enough for its beginning to be a step of its own. */
const LONG: ReadonlySet<HttpThing> = new Set(['kernel', 'initramfs', 'image']);
/** Milliseconds after which it is told how far such a download is, if more of it has arrived. */
const PROGRESS_MS = 15_000;
/** Characters of a path that are kept. */
const SHOWN = 200;
const TOKEN = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i;

/**
 * Tells of each answer how it ended: whole, or with the connection; and of a long one how far it is. What is told of
 * HEAD is only what is not there.
 */
export function traceRequests(
  app: FastifyInstance,
  tell: (step: Step) => void,
  progressMs = PROGRESS_MS,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = reply;
    const { socket, url = '/', method } = request.raw;
    const path = pathOf(url);
    const about = { layer: 'http', what: thingOf(path), path } as const;
    const began = performance.now();
    const sentBefore = socket.bytesWritten;
    const address = request.ip;
    const isLong = method === 'GET' && LONG.has(about.what);
    if (isLong) tell({ at: Date.now(), address, fact: { ...about, step: 'begun' } });
    const moving = (figures: Moved) =>
      tell({ at: Date.now(), address, fact: { ...about, step: 'moving', ...figures } });
    const progress = isLong
      ? setInterval(
          progressOf(socket, () => sizeOf(reply), moving),
          progressMs,
        )
      : undefined;
    raw.once('close', async () => {
      clearInterval(progress);
      const step = outcome(raw.statusCode, raw.writableFinished);
      if (method !== 'GET' && step === 'sent') return;
      const size = sizeOf(reply);
      const ended = { at: Date.now(), seconds: (performance.now() - began) / 1000 };
      const whole = raw.writableFinished && size !== undefined;
      const bytes = whole ? size : socket.bytesWritten - sentBefore + ((await bytesPast(raw)) ?? 0);
      const fact: HttpFact = {
        ...{ ...about, step, status: raw.statusCode, bytes: Math.max(0, bytes) },
        seconds: ended.seconds,
        ...(size === undefined ? {} : { size }),
      };
      tell({ at: ended.at, address, fact });
    });
    done();
  });
}

type Moved = Pick<HttpFact, 'bytes' | 'size' | 'seconds' | 'rate'>;

/** @returns what is to be called now and then: it tells what has arrived, and how fast, unless nothing has since */
function progressOf(
  socket: Socket,
  sizeNow: () => number | undefined,
  tell: (figures: Moved) => void,
): () => void {
  const began = performance.now();
  const before = bytesAcknowledged(socket);
  let last = { bytes: 0, at: began };
  return () => {
    const all = bytesAcknowledged(socket);
    if (before === undefined || all === undefined) return;
    const size = sizeNow();
    const now = { bytes: Math.min(all - before, size ?? Infinity), at: performance.now() };
    if (now.bytes <= last.bytes) return;
    const rate = ((now.bytes - last.bytes) * 1000) / (now.at - last.at);
    last = now;
    tell({
      bytes: now.bytes,
      seconds: (now.at - began) / 1000,
      rate,
      ...(size === undefined ? {} : { size }),
    });
  };
}

/** Of the body, once the head is set; undefined where nobody knows it before the end. */
function sizeOf(reply: FastifyReply): number | undefined {
  const length = reply.getHeader('content-length');
  return length === undefined ? undefined : Number(length);
}

function outcome(status: number, whole: boolean): HttpFact['step'] {
  if (status === 404) return 'absent';
  if (status >= 400) return 'refused';
  return whole ? 'sent' : 'broken';
}

/** Without query, which may hold anything, and without token. */
function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '/').slice(0, SHOWN).replace(TOKEN, '[token]');
}
