import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** In order of their names; one that was released is never changed. */
export const migrations: Record<string, Migration> = {
  '001-first': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('hosts')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('document', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('tokens')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('purpose', 'text', (c) => c.notNull())
        .addColumn('hostId', 'text')
        .addColumn('mac', 'text')
        .addColumn('expiresAt', 'text', (c) => c.notNull())
        .addColumn('publicKey', 'text')
        .addColumn('claimedAt', 'text')
        .addColumn('revoked', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      await db.schema
        .createTable('sessions')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('hostId', 'text', (c) => c.notNull())
        .addColumn('createdAt', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('certificates')
        .addColumn('publicKey', 'text', (c) => c.primaryKey())
        .addColumn('hostId', 'text', (c) => c.notNull())
        .addColumn('pem', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('notAfter', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('events')
        .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('time', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('severity', 'text', (c) => c.notNull())
        .addColumn('hostId', 'text')
        .addColumn('mac', 'text')
        .addColumn('message', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('eventsByHost').on('events').columns(['hostId', 'id']).execute();
      await db.schema
        .createTable('apiTokens')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('createdAt', 'text', (c) => c.notNull())
        .execute();
    },
  },
  '002-ends': {
    async up(db: Kysely<never>) {
      await db.schema.createIndex('tokensByEnd').on('tokens').column('expiresAt').execute();
      await db.schema.createIndex('certificatesByEnd').on('certificates').column('notAfter').execute();
    },
  },
  '003-templates': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('templateVersions')
        .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('version', 'integer', (c) => c.notNull())
        .addColumn('text', 'text')
        .addColumn('sha256', 'text')
        .addColumn('author', 'text', (c) => c.notNull())
        .addColumn('time', 'text', (c) => c.notNull())
        .addColumn('message', 'text', (c) => c.notNull())
        .addColumn('source', 'text', (c) => c.notNull())
        .addUniqueConstraint('templateVersionsByName', ['name', 'version'])
        .execute();
      await db.schema
        .createTable('deliveredKickstarts')
        .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('hostId', 'text', (c) => c.notNull())
        .addColumn('time', 'text', (c) => c.notNull())
        .addColumn('template', 'text', (c) => c.notNull())
        .addColumn('versions', 'text', (c) => c.notNull())
        .addColumn('base', 'text', (c) => c.notNull())
        .addColumn('text', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createIndex('deliveredKickstartsByHost')
        .on('deliveredKickstarts')
        .columns(['hostId', 'id'])
        .execute();
    },
  },
};
