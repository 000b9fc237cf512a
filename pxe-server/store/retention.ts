import { setTimeout } from 'node:timers/promises';
import type { Store } from './database.ts';

/** How long events are kept, and how many at most. */
export interface Retention {
  eventDays: number;
  events: number;
}

/** Rows of one transaction, and milliseconds between two: registrations and pages come in between. */
const ROWS = 500;
const PAUSE_MS = 10;
const EVERY_MS = 60_000;
const DAY_MS = 24 * 3600_000;
/** A token that is late is told as late for so long; after that it is unknown. */
const LATE_MS = DAY_MS;
/** Tokens that nobody claimed and that are of no known host: one for each MAC that anybody made up. */
const STRANGERS = 20_000;
/** The same of boots of hosts: who knows a host's UUID may ask in the name of any MAC. */
const BOOTS = 50_000;

interface Pruning {
  store: Store;
  retention: Retention;
  now: () => Date;
  signal: AbortSignal;
}

/** Prunes now and every minute until the signal; a fault is told, and the next minute tries again. */
export async function keepPruned(parts: Pruning, onError: (error: unknown) => void): Promise<void> {
  while (!parts.signal.aborted) {
    await prune(parts).catch(onError);
    await setTimeout(EVERY_MS, undefined, { signal: parts.signal }).catch(() => undefined);
  }
}

/**
 * Deletes what nobody asks for any more: events that are too old or too many, tokens that are late for long or too
 * many, certificates that have ended. The file keeps its size, and its space is used again.
 */
export async function prune({ store, retention, now, signal }: Pruning): Promise<void> {
  const ago = (milliseconds: number) => new Date(now().getTime() - milliseconds).toISOString();
  const pieces = [
    () => oldEvents(store, ago(retention.eventDays * DAY_MS)),
    await surplusEvents(store, retention.events),
    () => lateTokens(store, ago(LATE_MS)),
    await surplusTokens(store, strangersTokens(store), STRANGERS),
    await surplusTokens(store, bootTokens(store), BOOTS),
    () => endedCertificates(store, ago(0)),
  ];
  for (const piece of pieces) {
    while (!signal.aborted && (await piece()) === ROWS) await setTimeout(PAUSE_MS);
  }
}

/** Deletes up to ROWS rows; gives their number. */
type Piece = () => Promise<number>;

/** Ids grow with time, so that the oldest are found without a search. */
function oldEvents(store: Store, before: string): Promise<number> {
  return deleted(
    store.deleteFrom('events').where('id', 'in', (from) =>
      from
        .selectFrom(from.selectFrom('events').select(['id', 'time']).orderBy('id').limit(ROWS).as('oldest'))
        .select('oldest.id')
        .where('oldest.time', '<', before),
    ),
  );
}

async function surplusEvents(store: Store, most: number): Promise<Piece> {
  const newest = await store
    .selectFrom('events')
    .select('id')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const last = (newest?.id ?? 0) - most;
  return () =>
    deleted(
      store
        .deleteFrom('events')
        .where('id', 'in', (from) =>
          from.selectFrom('events').select('id').where('id', '<=', last).orderBy('id').limit(ROWS),
        ),
    );
}

function lateTokens(store: Store, before: string): Promise<number> {
  return deleted(
    store.deleteFrom('tokens').where('hash', 'in', (from) =>
      from
        .selectFrom('tokens')
        .select('hash')
        .where('expiresAt', '<', before)
        // A machine that waits for approval claims its token again each time that it asks.
        .where((either) => either.or([either('claimedAt', 'is', null), either('claimedAt', '<', before)]))
        .limit(ROWS),
    ),
  );
}

/** That nobody claimed, and that are of no host. */
function strangersTokens(store: Store) {
  return store.selectFrom('tokens').where('hostId', 'is', null).where('claimedAt', 'is', null);
}

/** That nobody claimed, and that any script of a host may have. */
function bootTokens(store: Store) {
  return store
    .selectFrom('tokens')
    .where('hostId', 'is not', null)
    .where('claimedAt', 'is', null)
    .where('purpose', 'in', ['register', 'inventory', 'kickstart']);
}

async function surplusTokens(
  store: Store,
  unclaimed: ReturnType<typeof strangersTokens>,
  most: number,
): Promise<Piece> {
  const first = await unclaimed
    .select('expiresAt')
    .orderBy('expiresAt', 'desc')
    .offset(most)
    .limit(1)
    .executeTakeFirst();
  const last = first?.expiresAt ?? '';
  return () =>
    deleted(
      store
        .deleteFrom('tokens')
        .where('hash', 'in', unclaimed.select('hash').where('expiresAt', '<=', last).limit(ROWS)),
    );
}

function endedCertificates(store: Store, before: string): Promise<number> {
  return deleted(
    store
      .deleteFrom('certificates')
      .where('publicKey', 'in', (from) =>
        from.selectFrom('certificates').select('publicKey').where('notAfter', '<', before).limit(ROWS),
      ),
  );
}

async function deleted(query: {
  executeTakeFirst(): Promise<{ numDeletedRows: bigint } | undefined>;
}): Promise<number> {
  return Number((await query.executeTakeFirst())?.numDeletedRows ?? 0);
}
