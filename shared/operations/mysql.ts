import { join } from 'node:path';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { StagingError } from '../errors/stagingError.ts';
import { PrismaClient } from './generated/mysql/client.ts';
import { type MigrationDialect, migrate } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import type { OperationDatabase } from './operationTable.ts';
import { type SqlSession, select } from './sqlSession.ts';

/**
 * What the URL may override (https://github.com/mariadb-corporation/mariadb-connector-nodejs, documentation/promise-api.md).
 * Times in milliseconds. They bound how long a request waits for a database that is dead, or stopped answering.
 */
const connectionDefaults = {
  connectTimeout: 3000,
  acquireTimeout: 5000,
  // Longer than the wait for the migration lock, the longest that a statement of ours may take.
  socketTimeout: 15_000,
  // One connection is kept; more are made when they are needed, and are closed after half an hour of rest.
  minimumIdle: 1,
};

/** The name and the seconds of Prisma Migrate's own lock, so that it and we wait for each other too. */
const lock = { name: 'prisma_migrate', timeoutSeconds: 10 };

/** Opens and migrates the MySQL or MariaDB database of a `mysql://` or `mariadb://` URL. */
export async function openMySql(url: string, migrationsDirectory: string): Promise<OperationDatabase> {
  const adapter = new PrismaMariaDb(withDefaults(url));
  await migrateMySql(adapter, join(migrationsDirectory, 'mysql', 'migrations'));
  return new PrismaClient({ adapter });
}

function withDefaults(url: string): string {
  const complete = new URL(url);
  for (const [name, value] of Object.entries(connectionDefaults)) {
    if (!complete.searchParams.has(name)) complete.searchParams.set(name, String(value));
  }
  return complete.href;
}

async function migrateMySql(adapter: PrismaMariaDb, directory: string): Promise<void> {
  const pool = await adapter.connect();
  try {
    await migrate(pool, createDialect(pool), await readMigrations(directory));
  } finally {
    await pool.dispose();
  }
}

type Pool = Awaited<ReturnType<PrismaMariaDb['connect']>>;

function createDialect(pool: Pool): MigrationDialect {
  return {
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
    exclusively: (work) => withLock(pool, work),
  };
}

/** Locks belong to a connection, and a transaction is what keeps to one; MySQL commits it at every DDL statement. */
async function withLock(pool: Pool, work: (session: SqlSession) => Promise<void>): Promise<void> {
  const session = await pool.startTransaction();
  try {
    const [[isLocked] = []] = await select(
      session,
      `SELECT GET_LOCK('${lock.name}', ${lock.timeoutSeconds})`,
    );
    if (Number(isLocked) !== 1) throw new StagingError('DATABASE_UNAVAILABLE');
    await work(session);
    await select(session, `SELECT RELEASE_LOCK('${lock.name}')`);
    await session.commit();
  } catch (thrown) {
    // MySQL cannot undo a schema change, so what there is stays, and says how far it came.
    await select(session, `SELECT RELEASE_LOCK('${lock.name}')`).catch(() => {});
    await session.commit().catch(() => {});
    throw thrown;
  }
}
