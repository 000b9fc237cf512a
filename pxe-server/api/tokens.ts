import { chmod, readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { errno } from '../../builder/shared/errors.ts';
import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { Store } from '../store/database.ts';

const FIRST = 'first';

/**
 * The first API token: its text is in a file of mode 0600, its hash in the store. The file decides: it is
 * made at the first start, and whoever removes or replaces it withdraws the old token with the next start.
 */
export async function firstApiToken(store: Store, path: string, now: Date): Promise<void> {
  const token = (await keptToken(path)) ?? randomToken();
  const hash = sha256(token);
  // The file first: a crash in between is mended by the next start, which takes the file's token.
  await writeFileAtomic(path, `${token}\n`, 0o600);
  if ((await apiTokenName(store, hash)) !== undefined) return;
  await store.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('apiTokens').where('name', '=', FIRST).execute();
    await transaction
      .insertInto('apiTokens')
      .values({ hash, name: FIRST, createdAt: now.toISOString() })
      .execute();
  });
}

/** Name of the token of that hash, by which it is told who did something; undefined for one that is not known. */
export async function apiTokenName(store: Store, hash: string): Promise<string | undefined> {
  const found = await store
    .selectFrom('apiTokens')
    .select('name')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return found?.name;
}

async function keptToken(path: string): Promise<string | undefined> {
  try {
    await chmod(path, 0o600);
    return /^[0-9a-f]{32}$/.exec((await readFile(path, 'utf8')).trim())?.[0];
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
}
