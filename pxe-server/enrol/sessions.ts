import { randomToken, sha256 } from '../../builder/shared/ids.ts';
import type { Store } from '../store/database.ts';
import { BOOT_AGAIN, RefusalError } from './refusal.ts';

/** Sessions of registered hosts: one for each host, kept as the hash of its token. */
export class Sessions {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /** The token of a new session; the host's last one ends. */
  async open(hostId: string): Promise<string> {
    const token = randomToken();
    const row = { hash: sha256(token), hostId, createdAt: this.#now().toISOString() };
    await this.#store.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('sessions').where('hostId', '=', hostId).execute();
      await transaction.insertInto('sessions').values(row).execute();
    });
    return token;
  }

  /** The id of the host whose session it is. @throws RefusalError session-unknown */
  async hostOf(token: string): Promise<string> {
    const found = await this.#store
      .selectFrom('sessions')
      .select('hostId')
      .where('hash', '=', sha256(token))
      .executeTakeFirst();
    if (found) return found.hostId;
    throw new RefusalError(401, 'session-unknown', 'no such session', BOOT_AGAIN);
  }
}
