import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Journal } from '../events/journal.ts';

/** Server-sent events: what the journal holds after `after`, then each new event, until the client leaves. */
export async function streamEvents(
  journal: Journal,
  request: FastifyRequest,
  reply: FastifyReply,
  after: number | undefined,
): Promise<FastifyReply> {
  const response = reply.raw;
  reply.hijack();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let last = after ?? 0;
  const send = (event: { id: number }) => {
    if (event.id <= last) return;
    last = event.id;
    // A client that does not read is let go rather than buffered for.
    if (response.writableLength > 1 << 20) response.destroy();
    else response.write(`id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const unsubscribe = journal.subscribe(send);
  const beat = setInterval(() => response.write(': alive\n\n'), 15_000);
  request.raw.on('close', () => {
    clearInterval(beat);
    unsubscribe();
  });
  if (after !== undefined) for (const event of await journal.list({ after, limit: 1000 })) send(event);
  return reply;
}
