import { join } from 'node:path';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { ConfigError } from '../../../config/configError.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { databaseUnavailable } from '../query.ts';
import { execute, type SqlSession, select } from '../sqlSession.ts';
import type { OperationDatabase } from '../tables.ts';
import { databaseOf } from '../tables.ts';
import { createMySqlWriter } from './mysqlWriter.ts';
import { openRenewedPool } from './renewedPool.ts';

/**
 * Defaults that the URL may override (https://github.com/mariadb-corporation/mariadb-connector-nodejs,
 * documentation/promise-api.md). Times in milliseconds. They bound how long a request waits for a database that is down
 * or has stopped answering.
 */
const connectionDefaults = {
  connectTimeout: 3000,
  acquireTimeout: 5000,
  // Longer than the wait for the migration lock, which is our slowest statement.
  socketTimeout: 15_000,
  // One connection is kept; more are opened when needed, and closed after half an hour without use.
  minimumIdle: 1,
  // Otherwise a SET NAMES follows the login, and a connection that breaks at that moment would be an unhandled
  // rejection in mariadb 3.4.5, which ends the process. Session variables and initial SQL would be such statements,
  // too.
  collation: 'UTF8MB4_BIN',
  // Statements stay prepared: otherwise each takes three messages instead of one, and a fifth more processor time. With
  // 151 connections, the usual maximum of a server, that is a quarter of the 16,382 that it allows by default.
  prepareCacheLength: 25,
  // A busy moment of this process must not be mistaken for a dead connection.
  pingTimeout: 1000,
};

type ConnectionOptions = Partial<typeof connectionDefaults>;

/** The adapter tries twice when it connects, so a start without a database takes twice this time. */
const startTimeouts = { acquireTimeout: 3000 };

/** The name and timeout of Prisma Migrate's own lock, so that it and we wait for each other. */
const lock = { name: 'prisma_migrate', timeoutSeconds: 10 };

/** Opens and migrates the MySQL or MariaDB database of a `mysql://` or `mariadb://` URL. */
export async function openMySql(url: string, migrationsDirectory: string): Promise<OperationDatabase> {
  await migrateMySql(url, join(migrationsDirectory, 'mysql', 'migrations'));
  const pool = await openRenewedPool(createMySqlAdapter(url));
  const database = databaseOf(async () => (await import('./mysqlClient.ts')).createMySqlClient(pool));
  const writer = createMySqlWriter(pool);
  // Without Prisma's interpreter, which costs more than the statement.
  return {
    ...database,
    select: (sql, values) => select(pool, sql, values),
    selectColumns: async (columns, from, values, toRow) =>
      (await select(pool, `SELECT ${columns.join(', ')} ${from}`, values)).map(toRow),
    execute: (sql, values) => execute(pool, sql, values),
    write: writer.write,
    async close() {
      await writer.close();
      await database.close();
      await pool.dispose();
    },
  };
}

/** Creates pools of connections with the record's options. @throws ConfigError for an invalid URL */
export function createMySqlAdapter(url: string, overrides: ConnectionOptions = {}): PrismaMariaDb {
  // The error of `new URL` would contain all of it, including the password.
  if (!URL.canParse(url)) throw new ConfigError('DATABASE_URL is invalid, and must be a valid URL');
  const complete = new URL(url);
  const given = Object.fromEntries(complete.searchParams);
  for (const [name, value] of Object.entries({ ...connectionDefaults, ...given, ...overrides })) {
    complete.searchParams.set(name, String(value));
  }
  return new PrismaMariaDb(complete.href);
}

async function migrateMySql(url: string, directory: string): Promise<void> {
  const migrations = await readMigrations(directory);
  await withPool(createMySqlAdapter(url, startTimeouts), (pool) =>
    migrate(pool, { ...dialect, exclusively: (work) => withLock(url, work) }, migrations),
  );
}

async function withPool(adapter: PrismaMariaDb, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = await adapter.connect();
  try {
    await work(pool);
  } finally {
    await pool.dispose();
  }
}

type Pool = Awaited<ReturnType<PrismaMariaDb['connect']>>;

const dialect = {
  findRecords:
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '_prisma_migrations'",
  createRecords: `CREATE TABLE _prisma_migrations (
      id                  VARCHAR(36) PRIMARY KEY NOT NULL,
      checksum            VARCHAR(64) NOT NULL,
      finished_at         DATETIME(3),
      migration_name      VARCHAR(255) NOT NULL,
      logs                TEXT,
      rolled_back_at      DATETIME(3),
      started_at          DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0
    ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
};

/**
 * Locks belong to a connection, and a transaction stays on one, although MySQL commits it at every DDL statement. No
 * socket timeout, because a statement that changes a large table may take long.
 */
async function withLock(url: string, work: (session: SqlSession) => Promise<void>): Promise<void> {
  await withPool(createMySqlAdapter(url, { ...startTimeouts, socketTimeout: 0 }), async (pool) => {
    const session = await pool.startTransaction();
    try {
      await acquireLock(session);
      await work(session);
    } finally {
      // Also after a failure: MySQL cannot undo schema changes, so they stay, and the record shows the progress.
      await select(session, `SELECT RELEASE_LOCK('${lock.name}')`);
      await session.commit();
    }
  });
}

async function acquireLock(session: SqlSession): Promise<void> {
  const [[isLocked] = []] = await select(session, `SELECT GET_LOCK('${lock.name}', ${lock.timeoutSeconds})`);
  if (Number(isLocked) !== 1) throw databaseUnavailable(undefined);
}
