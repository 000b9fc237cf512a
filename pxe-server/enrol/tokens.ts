import type { MintedToken } from '../roles/messages.ts';
import type { Store } from '../store/database.ts';
import type { TokenRow } from './claim.ts';

type Minted = MintedToken | (Omit<MintedToken, 'purpose'> & { purpose: 'pair' });

/** Rows of one INSERT: SQLite takes 32766 variables, a row has eight. */
const ROWS = 1000;

/** One-time tokens, by the hash of each: which there are, and which key has claimed which. */
export class Tokens {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /** Takes note of tokens that were minted; those that it knows stay as they are. */
  async accept(tokens: readonly Minted[]): Promise<void> {
    await this.#store.transaction().execute(async (transaction) => {
      for (let from = 0; from < tokens.length; from += ROWS) {
        const rows = tokens.slice(from, from + ROWS);
        await transaction
          .insertInto('tokens')
          .values(rows.map((token) => ({ ...token, publicKey: null, claimedAt: null, revoked: 0 })))
          .onConflict((c) => c.doNothing())
          .execute();
      }
      await endEarlierInstallations(transaction, tokens);
    });
  }

  async find(hash: string): Promise<TokenRow | undefined> {
    return this.#store.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
  }

  /** Of kickstarts that nobody has fetched yet. */
  async kickstarts(): Promise<Omit<MintedToken, 'purpose'>[]> {
    return this.#store
      .selectFrom('tokens')
      .select(['hash', 'hostId', 'mac', 'expiresAt'])
      .where('purpose', '=', 'kickstart')
      .where('revoked', '=', 0)
      .where('expiresAt', '>', this.#now().toISOString())
      .execute();
  }

  /** A host got its kickstart: its tokens for one are good no more, also for a boot role that starts anew. */
  async kickstartGiven(hostId: string): Promise<void> {
    await this.#store
      .updateTable('tokens')
      .set({ revoked: 1 })
      .where('hostId', '=', hostId)
      .where('purpose', '=', 'kickstart')
      .execute();
  }

  /**
   * Binds the token to the key, and with it every other of the host that nobody has claimed yet.
   * @returns hashes of those that belong to the key from now on: none, or not this one, when somebody was faster
   */
  async bind(row: TokenRow, hostId: string | null, publicKey: string): Promise<string[]> {
    const claimedAt = this.#now().toISOString();
    const bound = await this.#store
      .updateTable('tokens')
      .set({ publicKey, claimedAt, hostId })
      // A medium's own goes from the key that it was bound to when this claim was judged to the next.
      .where((either) =>
        either.or([
          either('publicKey', 'is', null),
          either.and([either('purpose', '=', 'medium'), either('publicKey', '=', row.publicKey)]),
        ]),
      )
      .where('revoked', '=', 0)
      .where('expiresAt', '>', claimedAt)
      .where((either) => either.or([either('hash', '=', row.hash), either('hostId', '=', hostId)]))
      .returning('hash')
      .execute();
    return bound.map(({ hash }) => hash);
  }

  async nameHost({ hash }: TokenRow, hostId: string): Promise<void> {
    await this.#store.updateTable('tokens').set({ hostId }).where('hash', '=', hash).execute();
  }

  /** A machine that waits for approval may wait for days: its token stays good while it goes on asking. */
  async stillAsking({ hash }: TokenRow): Promise<void> {
    const claimedAt = this.#now().toISOString();
    await this.#store.updateTable('tokens').set({ claimedAt }).where('hash', '=', hash).execute();
  }
}

/** A host is installed once at a time: tokens of the installation before are good no more. */
async function endEarlierInstallations(store: Store, tokens: readonly Minted[]): Promise<void> {
  const hosts = tokens.flatMap(({ purpose, hostId }) => (purpose === 'install' && hostId ? [hostId] : []));
  if (hosts.length === 0) return;
  const fresh = new Set(tokens.map(({ hash }) => hash));
  const earlier = await store
    .selectFrom('tokens')
    .select('hash')
    .where('hostId', 'in', hosts)
    .where('purpose', 'in', ['install', 'installed'])
    .execute();
  const over = earlier.map(({ hash }) => hash).filter((hash) => !fresh.has(hash));
  if (over.length === 0) return;
  await store.updateTable('tokens').set({ revoked: 1 }).where('hash', 'in', over).execute();
}
