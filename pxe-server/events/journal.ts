import { EventEmitter } from 'node:events';
import { z } from 'zod';
import type { Store } from '../store/database.ts';
import { GroupCommit } from '../store/group-commit.ts';
import { plainText } from './plain-text.ts';

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
export type Entry = Omit<Event, 'id' | 'time'>;
type Row = Omit<Event, 'id'>;

export interface EventQuery {
  /** Only events with a greater id: the oldest `limit` of them, to read forwards. */
  after?: number | undefined;
  /** Only events with a smaller id: the newest `limit` of them, to read backwards. */
  before?: number | undefined;
  hostId?: string | undefined;
  limit?: number | undefined;
}

/** Rows of one INSERT: SQLite takes 32766 variables, a row has six. */
const ROWS = 1000;

/** The append-only journal and its live stream. */
export class Journal {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #rows: GroupCommit<Row[], Event[]>;
  readonly #stream = new EventEmitter<{ event: [Event] }>().setMaxListeners(1000);

  constructor(store: Store, now: () => Date = () => new Date()) {
    this.#store = store;
    this.#now = now;
    this.#rows = new GroupCommit((groups) => this.#insert(groups));
  }

  async record(entry: Entry): Promise<Event> {
    return (await this.recordAll([entry]))[0]!;
  }

  /** Many entries of one moment: all of them, or none. */
  async recordAll(entries: readonly Entry[]): Promise<Event[]> {
    const time = this.#now().toISOString();
    const rows = entries.map(({ kind, severity, hostId, mac, message }) => {
      return { time, kind, severity, hostId, mac, message: plainText(message) };
    });
    const events = await this.#rows.commit(rows);
    // After the write and apart from it: who follows must not make it happen twice.
    for (const event of events) this.#stream.emit('event', event);
    return events;
  }

  /** Oldest first; without `after` the newest `limit` that fit. */
  async list(query: EventQuery): Promise<Event[]> {
    const forwards = query.after !== undefined;
    let select = this.#store
      .selectFrom('events')
      .selectAll()
      .orderBy('id', forwards ? 'asc' : 'desc')
      .limit(query.limit ?? 200);
    if (query.after !== undefined) select = select.where('id', '>', query.after);
    if (query.before !== undefined) select = select.where('id', '<', query.before);
    if (query.hostId !== undefined) select = select.where('hostId', '=', query.hostId);
    const events = (await select.execute()) as Event[];
    return forwards ? events : events.reverse();
  }

  /** Id of the newest event, 0 when there is none. */
  async lastId(): Promise<number> {
    return (await this.list({ limit: 1 }))[0]?.id ?? 0;
  }

  /** Calls back for each new event until the returned function is called. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#stream.on('event', listener);
    return () => void this.#stream.off('event', listener);
  }

  /** Each group's rows as events. */
  async #insert(groups: readonly Row[][]): Promise<Event[][]> {
    const rows = groups.flat();
    const ids = await this.#store.transaction().execute(async (transaction) => {
      const given: number[] = [];
      for (let from = 0; from < rows.length; from += ROWS) {
        const values = rows.slice(from, from + ROWS).map((row) => ({ id: undefined, ...row }));
        const inserted = await transaction.insertInto('events').values(values).returning('id').execute();
        given.push(...inserted.map((row) => row.id as number).sort((a, b) => a - b));
      }
      return given;
    });
    let next = 0;
    return groups.map((group) => group.map((row) => ({ id: ids[next++]!, ...row })));
  }
}
