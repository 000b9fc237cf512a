import type { Store } from '../store/database.ts';

/** What a host was given to be installed by; secrets in it are masked. */
export interface Delivered {
  hostId: string;
  time: string;
  template: string;
  /** Versions of those that the site wrote, of all that it was made from. */
  versions: Record<string, number>;
  /** http://ADDRESS[:PORT] that the machine fetched it from. */
  base: string;
  text: string;
}

/** Installations of one host that are remembered. */
const OF_HOST = 5;

/** The kickstarts that were delivered last, for each host. */
export class Deliveries {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  async add(delivered: Omit<Delivered, 'time'>): Promise<void> {
    const { hostId, versions, ...rest } = delivered;
    await this.#store.transaction().execute(async (transaction) => {
      const time = this.#now().toISOString();
      await transaction
        .insertInto('deliveredKickstarts')
        .values({ id: undefined, hostId, time, versions: JSON.stringify(versions), ...rest })
        .execute();
      const kept = transaction
        .selectFrom('deliveredKickstarts')
        .select('id')
        .where('hostId', '=', hostId)
        .orderBy('id', 'desc')
        .limit(OF_HOST);
      await transaction
        .deleteFrom('deliveredKickstarts')
        .where('hostId', '=', hostId)
        .where('id', 'not in', kept)
        .execute();
    });
  }

  async last(hostId: string): Promise<Delivered | undefined> {
    const row = await this.#store
      .selectFrom('deliveredKickstarts')
      .selectAll()
      .where('hostId', '=', hostId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!row) return undefined;
    const { time, template, base, text } = row;
    return { hostId, time, template, versions: JSON.parse(row.versions), base, text };
  }
}
