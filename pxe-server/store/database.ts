import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { RackhandError } from '../../builder/shared/errors.ts';
import { migrations } from './migrations.ts';

/** Control's database: hosts, tokens, certificates, the event journal, API tokens. Times are ISO texts. */
export interface Tables {
  hosts: { id: string; name: string; document: string };
  tokens: {
    hash: string;
    purpose: 'register' | 'inventory' | 'kickstart' | 'install' | 'installed' | 'pair' | 'medium';
    hostId: string | null;
    mac: string | null;
    expiresAt: string;
    /** SHA-256 of the key that claimed it; null while nobody has. */
    publicKey: string | null;
    claimedAt: string | null;
    revoked: number;
  };
  sessions: { hash: string; hostId: string; createdAt: string };
  certificates: { publicKey: string; hostId: string; pem: string; subject: string; notAfter: string };
  events: {
    id: number | undefined;
    time: string;
    kind: string;
    severity: string;
    hostId: string | null;
    mac: string | null;
    message: string;
  };
  apiTokens: { hash: string; name: string; createdAt: string };
  templateVersions: {
    id: number | undefined;
    name: string;
    /** From 1 for each name. */
    version: number;
    /** Null: taken away by this version. */
    text: string | null;
    sha256: string | null;
    author: string;
    time: string;
    message: string;
    source: 'file' | 'api';
  };
  /** What hosts were installed by; secrets are masked. */
  deliveredKickstarts: {
    id: number | undefined;
    hostId: string;
    time: string;
    template: string;
    /** JSON: versions by name. */
    versions: string;
    base: string;
    text: string;
  };
}

export type Store = Kysely<Tables>;

/** Opens and migrates. @throws RackhandError store-broken when the file cannot be opened or migrated. */
export async function openStore(path: string): Promise<Store> {
  try {
    const database = new Database(path);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    const store = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    const migrator = new Migrator({ db: store, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
    return store;
  } catch (cause) {
    const what = `cannot open ${path}: ${cause instanceof Error ? cause.message : cause}`;
    throw new RackhandError('store-broken', what, 'check the folder, its owner and free space', { cause });
  }
}
