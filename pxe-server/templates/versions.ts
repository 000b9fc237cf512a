import { RackhandError } from '../../builder/shared/errors.ts';
import { sha256 } from '../../builder/shared/ids.ts';
import type { Store } from '../store/database.ts';
import type { NewVersion } from './folder.ts';
import type { Version } from './names.ts';

/** Every version of every template that the site wrote; none is changed or deleted. */
export class TemplateVersions {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /** The newest of each name; with `source`, the newest that came from there. */
  async newest(source?: Version['source']): Promise<Version[]> {
    let last = this.#store.selectFrom('templateVersions').select(({ fn }) => fn.max('id').as('id'));
    if (source) last = last.where('source', '=', source);
    const rows = await this.#store
      .selectFrom('templateVersions')
      .selectAll()
      .where('id', 'in', last.groupBy('name'))
      .orderBy('name')
      .execute();
    return rows.map(toVersion);
  }

  /** Newest first. */
  async history(name: string): Promise<Version[]> {
    const rows = await this.#store
      .selectFrom('templateVersions')
      .selectAll()
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .execute();
    return rows.map(toVersion);
  }

  /** Appends one to each name, all or none. @throws RackhandError template-changed when another came in between */
  async add(news: readonly NewVersion[]): Promise<Version[]> {
    const time = this.#now().toISOString();
    return this.#store.transaction().execute(async (transaction) => {
      const added: Version[] = [];
      for (const one of news) {
        const last = await transaction
          .selectFrom('templateVersions')
          .select('version')
          .where('name', '=', one.name)
          .orderBy('version', 'desc')
          .limit(1)
          .executeTakeFirst();
        const digest = one.text === null ? null : sha256(one.text);
        const row = { ...one, version: (last?.version ?? 0) + 1, sha256: digest, time };
        await transaction
          .insertInto('templateVersions')
          .values({ id: undefined, ...row })
          .execute();
        added.push(row);
      }
      return added;
    });
  }
}

function toVersion(row: Version & { id: unknown }): Version {
  const { name, version, text, author, time, message, source } = row;
  if (text !== null && sha256(text) !== row.sha256)
    throw new RackhandError(
      'store-broken',
      `version ${version} of template ${name} in the database is not what was written`,
      'restore the database from a copy',
    );
  return { name, version, text, sha256: row.sha256, author, time, message, source };
}
