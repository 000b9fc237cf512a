import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Attempt } from '../trace/attempt.ts';

/** Attempts of one host, and of all machines that are no host. */
const OF_HOST = 5;
const OF_STRANGERS = 1000;
/** Bytes of all attempts. */
const BYTES = 256 * 1024 * 1024;
/** Of the tables below; a file of another one is begun anew. */
const VERSION = 1;

/** Traces of boot attempts in a file of their own, that a crash may cost its last seconds. */
export class TraceStore {
  readonly #database: Database.Database;

  /** @param path of the file, ":memory:" for none; one that is broken is begun anew */
  constructor(path: string) {
    this.#database = open(path);
  }

  /** @param stranger a machine that is no host */
  save(attempts: readonly { attempt: Attempt; stranger: boolean }[]): void {
    const put = this.#database.prepare(
      'INSERT OR REPLACE INTO attempts (key, startedAt, stranger, bytes, document) VALUES (?, ?, ?, ?, ?)',
    );
    const older = this.#database.prepare(
      'DELETE FROM attempts WHERE key = ? AND startedAt <= (SELECT startedAt FROM attempts WHERE key = ? ORDER BY startedAt DESC LIMIT 1 OFFSET ?)',
    );
    this.#database.transaction(() => {
      for (const { attempt, stranger } of attempts) {
        const document = JSON.stringify(attempt);
        put.run(attempt.key, attempt.startedAt, stranger ? 1 : 0, document.length, document);
        older.run(attempt.key, attempt.key, OF_HOST);
      }
      this.#limit();
    })();
  }

  /** Of any of the keys, newest first. */
  list(keys: readonly string[]): Attempt[] {
    const marks = keys.map(() => '?').join(', ');
    const rows = this.#database
      .prepare(`SELECT document FROM attempts WHERE key IN (${marks}) ORDER BY startedAt DESC LIMIT 20`)
      .all(...keys) as { document: string }[];
    return rows.map(({ document }) => JSON.parse(document) as Attempt);
  }

  newest(key: string): Attempt | undefined {
    const row = this.#database
      .prepare('SELECT document FROM attempts WHERE key = ? ORDER BY startedAt DESC LIMIT 1')
      .get(key) as { document: string } | undefined;
    return row && (JSON.parse(row.document) as Attempt);
  }

  remove(key: string, startedAt?: number): void {
    if (startedAt === undefined) this.#database.prepare('DELETE FROM attempts WHERE key = ?').run(key);
    else this.#database.prepare('DELETE FROM attempts WHERE key = ? AND startedAt = ?').run(key, startedAt);
  }

  close(): void {
    this.#database.close();
  }

  #limit(): void {
    this.#database
      .prepare(
        'DELETE FROM attempts WHERE rowid IN (SELECT rowid FROM attempts WHERE stranger = 1 ORDER BY startedAt DESC LIMIT -1 OFFSET ?)',
      )
      .run(OF_STRANGERS);
    const total = this.#database.prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM attempts');
    const oldest = this.#database.prepare(
      'DELETE FROM attempts WHERE rowid IN (SELECT rowid FROM attempts ORDER BY stranger DESC, startedAt LIMIT 50)',
    );
    while ((total.get() as { bytes: number }).bytes > BYTES) oldest.run();
  }
}

function open(path: string): Database.Database {
  try {
    return prepared(new Database(path));
  } catch {
    // Nothing that has to survive is in it.
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    return prepared(new Database(path));
  }
}

function prepared(database: Database.Database): Database.Database {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = OFF');
  if (database.pragma('user_version', { simple: true }) === VERSION) return database;
  database.exec(`
    DROP TABLE IF EXISTS attempts;
    CREATE TABLE attempts (
      key TEXT NOT NULL, startedAt INTEGER NOT NULL, stranger INTEGER NOT NULL, bytes INTEGER NOT NULL,
      document TEXT NOT NULL, PRIMARY KEY (key, startedAt)
    );
    CREATE INDEX attemptsByAge ON attempts (stranger, startedAt, bytes);
  `);
  database.pragma(`user_version = ${VERSION}`);
  return database;
}
