import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../builder/shared/atomic.ts';
import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { Store } from '../store/database.ts';

/** Makes the first API token when there is none; its text is in a 0600 file, its hash in the store. */
export async function firstApiToken(store: Store, path: string, now: Date): Promise<void> {
  const known = await store.selectFrom('apiTokens').select('hash').limit(1).executeTakeFirst();
  if (known) return;
  const kept = await readFile(path, 'utf8').catch(() => '');
  const token = /^[0-9a-f]{32}$/.test(kept.trim()) ? kept.trim() : randomToken();
  await writeFileAtomic(path, `${token}\n`, 0o600);
  await store
    .insertInto('apiTokens')
    .values({ hash: sha256(token), name: 'first', createdAt: now.toISOString() })
    .execute();
}

export async function isApiToken(store: Store, hash: string): Promise<boolean> {
  return (
    (await store.selectFrom('apiTokens').select('hash').where('hash', '=', hash).executeTakeFirst()) !==
    undefined
  );
}
