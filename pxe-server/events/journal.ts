import { EventEmitter } from 'node:events';
import { z } from 'zod';
import type { Store } from '../store/database.ts';

export const Severity = z.enum(['info', 'notice', 'warning', 'error']);
export type Severity = z.infer<typeof Severity>;

/** One line of the story of a host or of the service. Tokens never appear in it. */
export const Event = z.strictObject({
  id: z.int(),
  time: z.string(),
  /** "dhcp", "script", "state", "probe", "token", … */
  kind: z.string(),
  severity: Severity,
  hostId: z.string().nullable(),
  mac: z.string().nullable(),
  message: z.string(),
});
export type Event = z.infer<typeof Event>;

export interface EventQuery {
  after?: number | undefined;
  hostId?: string | undefined;
  limit?: number | undefined;
}

/** The append-only journal and its live stream. */
export class Journal {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #stream = new EventEmitter<{ event: [Event] }>().setMaxListeners(1000);

  constructor(store: Store, now: () => Date = () => new Date()) {
    this.#store = store;
    this.#now = now;
  }

  async record(entry: Omit<Event, 'id' | 'time'>): Promise<Event> {
    const time = this.#now().toISOString();
    const message = entry.message.replace(/\b[0-9a-f]{32}\b/g, '[token]').slice(0, 1000);
    const row = { ...entry, message, time };
    const { id } = await this.#store
      .insertInto('events')
      .values({ id: undefined, ...row })
      .returning('id')
      .executeTakeFirstOrThrow();
    const event = { id: id as number, ...row };
    this.#stream.emit('event', event);
    return event;
  }

  /** Oldest first; the last `limit` that fit. */
  async list(query: EventQuery): Promise<Event[]> {
    let select = this.#store
      .selectFrom('events')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(query.limit ?? 200);
    if (query.after !== undefined) select = select.where('id', '>', query.after);
    if (query.hostId !== undefined) select = select.where('hostId', '=', query.hostId);
    return (await select.execute()).reverse() as Event[];
  }

  /** Calls back for each new event until the returned function is called. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#stream.on('event', listener);
    return () => void this.#stream.off('event', listener);
  }
}
