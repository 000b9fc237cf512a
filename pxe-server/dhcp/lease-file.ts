import Database from 'better-sqlite3';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { Lease } from './leases.ts';

/** Milliseconds that an answer waits for others to share its commit. */
const GATHER = 2;
/** Milliseconds to wait for somebody else's lock, a backup's say; all answers wait with it. */
const LOCKED = 200;

interface Waiting {
  leases: readonly Lease[];
  done: (error: Error | undefined) => void;
}

/**
 * Bound leases on disk. RFC 2131 2.1 wants a binding to survive the server, so an ACK leaves only after
 * its row is safe; answers that come together share one fsync.
 */
export class LeaseFile {
  readonly #database: Database.Database;
  readonly #write: Database.Statement;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @throws RackhandError leases-broken */
  constructor(path: string) {
    try {
      this.#database = new Database(path, { timeout: LOCKED });
      this.#database.pragma('journal_mode = WAL');
      this.#database.pragma('synchronous = FULL');
      this.#database.exec(`create table if not exists leases (
        address integer primary key, client text not null, state text not null, expires integer not null
      ) strict`);
      this.#write = this.#database.prepare(
        'insert or replace into leases (address, client, state, expires) values (?, ?, ?, ?)',
      );
    } catch (cause) {
      throw broken(`cannot open the leases in ${path}`, cause);
    }
  }

  /** All rows, the newest of a client last. @throws RackhandError leases-broken */
  load(): Lease[] {
    try {
      return this.#database
        .prepare('select address, client, state, expires from leases order by expires')
        .all() as Lease[];
    } catch (cause) {
      throw broken(`cannot read the leases in ${this.#database.name}`, cause);
    }
  }

  /** Calls back after the commit that holds all of these leases, with the error if it failed. */
  save(leases: readonly Lease[], done: (error: Error | undefined) => void): void {
    this.#waiting.push({ leases: leases.map((lease) => ({ ...lease })), done });
    this.#timer ??= setTimeout(() => this.flush(), GATHER);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const error = this.#commit(batch);
    for (const { done } of batch) done(error);
  }

  close(): void {
    this.flush();
    this.#database.close();
  }

  #commit(batch: Waiting[]): Error | undefined {
    try {
      this.#database.transaction(() => {
        for (const lease of batch.flatMap(({ leases }) => leases))
          this.#write.run(lease.address, lease.client, lease.state, Math.round(lease.expires));
      })();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

function broken(what: string, cause: unknown): RackhandError {
  const told = `${what}: ${cause instanceof Error ? cause.message : cause}`;
  return new RackhandError('leases-broken', told, 'check the folder, its owner and free space', { cause });
}
