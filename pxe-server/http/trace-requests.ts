import type { FastifyInstance } from 'fastify';
import { thingOf } from '../trace/attempt.ts';
import type { HttpFact, HttpThing, Step } from '../trace/entry.ts';
import { bytesPast } from './body.ts';

/** Those whose download takes long enough for its beginning to be a step of its own. */
const LONG: ReadonlySet<HttpThing> = new Set(['kernel', 'initramfs', 'image']);
/** Characters of a path that are kept. */
const SHOWN = 200;
const TOKEN = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i;

/** Tells of each answer how it ended: whole, or with the connection. What is told of HEAD is only what is not there. */
export function traceRequests(app: FastifyInstance, tell: (step: Step) => void): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    const { socket, url = '/', method } = request.raw;
    const path = pathOf(url);
    const about = { layer: 'http', what: thingOf(path), path } as const;
    const began = performance.now();
    const sentBefore = socket.bytesWritten;
    const address = request.ip;
    if (method === 'GET' && LONG.has(about.what))
      tell({ at: Date.now(), address, fact: { ...about, step: 'begun' } });
    raw.once('close', async () => {
      const step = outcome(raw.statusCode, raw.writableFinished);
      if (method !== 'GET' && step === 'sent') return;
      const size = Number(raw.getHeader('content-length') ?? Number.NaN);
      const ended = { at: Date.now(), seconds: (performance.now() - began) / 1000 };
      const whole = raw.writableFinished && !Number.isNaN(size);
      const bytes = whole ? size : socket.bytesWritten - sentBefore + ((await bytesPast(raw)) ?? 0);
      const fact: HttpFact = {
        ...{ ...about, step, status: raw.statusCode, bytes: Math.max(0, bytes) },
        seconds: ended.seconds,
        ...(Number.isNaN(size) ? {} : { size }),
      };
      tell({ at: ended.at, address, fact });
    });
    done();
  });
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
