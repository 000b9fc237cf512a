import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Journal } from '../events/journal.ts';
import type { Registry } from '../hosts/registry.ts';
import { hostRow } from './views.ts';

interface Source {
  journal: Journal;
  registry: Registry;
  onInternal: (error: unknown) => void;
}

export interface StreamOptions {
  /** Id behind which to go on; absent: only what is new. */
  after: number | undefined;
  hostId: string | undefined;
  /** Also tell of each host that changes. */
  hosts: boolean;
}

const BEAT_MS = 15_000;
/** Events read from the journal at a time. */
const PAGE = 500;

/**
 * Server-sent events until the client leaves: each event of the journal in its order, with its id; on wish
 * each changed host as `event: host` with its row, and a removed one as `event: host-removed`. The journal is
 * read as fast as the client does: a slow client costs no memory and misses nothing; of a host it gets the
 * newest row.
 */
export async function streamEvents(
  source: Source,
  reply: FastifyReply,
  options: StreamOptions,
): Promise<void> {
  const { journal, registry } = source;
  let last = options.after ?? (await journal.lastId());
  reply.hijack();
  const response = reply.raw;
  const bell = new Bell();
  const changed = new Set<string>();
  const stop = [journal.subscribe(() => bell.ring())];
  if (options.hosts) {
    stop.push(
      registry.onChange((_host, id) => {
        changed.add(id);
        bell.ring();
      }),
    );
  }
  response.on('error', () => undefined); // the client left; 'close' follows
  response.once('close', () => bell.ring());
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': alive\n\n');
  }, BEAT_MS);
  try {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await write(response, ': alive\n\n');
    while (!response.destroyed) {
      const events = await journal.list({ after: last, hostId: options.hostId, limit: PAGE });
      for (const event of events) {
        await write(response, `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
        last = event.id;
      }
      for (const id of changed) {
        changed.delete(id);
        await write(response, hostMessage(registry, id));
      }
      if (events.length < PAGE) await bell.rung();
    }
  } catch (error) {
    if (!response.destroyed) source.onInternal(error);
  } finally {
    clearInterval(beat);
    for (const end of stop) end();
    response.destroy();
  }
}

function hostMessage(registry: Registry, id: string): string {
  const host = registry.peek(id);
  if (!host) return `event: host-removed\ndata: ${JSON.stringify({ id })}\n\n`;
  return `event: host\ndata: ${JSON.stringify(hostRow(host))}\n\n`;
}

/** Writes, and waits while the client has not read what it was sent. */
export async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  const left = new AbortController();
  const leave = () => left.abort();
  response.once('close', leave);
  try {
    await once(response, 'drain', { signal: left.signal });
  } catch {
    // closed: the caller's loop sees it
  } finally {
    response.off('close', leave);
  }
}

/** Rung any number of times, it is heard once; a ring while nobody listens is not lost. */
class Bell {
  #heard: (() => void) | undefined;
  #rung = false;

  ring(): void {
    this.#rung = true;
    this.#heard?.();
  }

  async rung(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#heard = resolve));
    this.#heard = undefined;
    this.#rung = false;
  }
}
