import { RackhandError } from '../../builder/shared/errors.ts';
import type { Store, Tables } from '../store/database.ts';
import { Host } from './model.ts';

/** Rows of one INSERT: SQLite takes 32766 variables, a row has three. */
const ROWS = 1000;

/** @throws RackhandError store-broken naming the host that cannot be read */
export async function readHosts(store: Store): Promise<Host[]> {
  return (await store.selectFrom('hosts').selectAll().execute()).map(readHost);
}

/**
 * Writes hosts in one transaction. `newest` is asked at the moment of writing, so that the newest is what
 * stays, whatever order the writers get their turn in; a host that it no longer knows is left out.
 */
export async function writeHosts(
  store: Store,
  ids: readonly string[],
  newest: (id: string) => Host | undefined,
): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    const rows = ids.flatMap((id) => {
      const host = newest(id);
      return host ? [{ id, name: host.name, document: JSON.stringify(host) }] : [];
    });
    for (let from = 0; from < rows.length; from += ROWS) {
      await transaction
        .insertInto('hosts')
        .values(rows.slice(from, from + ROWS))
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((row) => ({
            name: row.ref('excluded.name'),
            document: row.ref('excluded.document'),
          })),
        )
        .execute();
    }
  });
}

/** No token that was made for the host is good any more. */
export async function withdrawTokens(store: Store, id: string): Promise<void> {
  await store.updateTable('tokens').set({ revoked: 1 }).where('hostId', '=', id).execute();
}

/** Deletes a host; tokens, sessions and certificates that were given to it end with it, and so does its last kickstart. */
export async function deleteHost(store: Store, id: string): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    await transaction.updateTable('tokens').set({ revoked: 1 }).where('hostId', '=', id).execute();
    await transaction.deleteFrom('sessions').where('hostId', '=', id).execute();
    await transaction.deleteFrom('certificates').where('hostId', '=', id).execute();
    await transaction.deleteFrom('deliveredKickstarts').where('hostId', '=', id).execute();
    await transaction.deleteFrom('hosts').where('id', '=', id).execute();
  });
}

function readHost(row: Tables['hosts']): Host {
  try {
    return Host.parse(JSON.parse(row.document));
  } catch (cause) {
    const what = `host ${row.name} (${row.id}) in the database cannot be read`;
    const mend = 'restore the database from a copy, or start the version that wrote it';
    throw new RackhandError('store-broken', what, mend, { cause });
  }
}
