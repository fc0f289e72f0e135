import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import Database from 'libsql';
import { retry } from '../../../async/retry.ts';
import { driverErrorOf } from '../driverError.ts';
import { type MigrationDialect, migrate, readMigrations } from '../migrate.ts';
import { prepareOnce } from '../preparedStatements.ts';
import { execute, type SqlSession, type SqlValue, select } from '../sqlSession.ts';
import { databaseOf, type OperationDatabase } from '../tables.ts';
import { createSqliteWriter, toSqlite } from './sqliteWriter.ts';

/** How long a statement waits for another writing process, in milliseconds. */
const busyTimeoutMs = 5000;

/** With WAL, only FULL syncs each commit to disk: a record then survives a power failure too. */
const pragmas = [`busy_timeout = ${busyTimeoutMs}`, 'synchronous = FULL'];

/** Opens the SQLite database of a `file:` URL, creates it with its directory if missing, and migrates it. */
export async function openSqlite(url: string, migrationsDirectory: string): Promise<OperationDatabase> {
  await mkdir(dirname(databasePath(url)), { recursive: true });
  await migrateSqlite(url, join(migrationsDirectory, 'sqlite', 'migrations'));
  const writer = createSqliteWriter({ path: databasePath(url), pragmas });
  const database = databaseOf(async () =>
    (await import('./sqliteClient.ts')).createSqliteClient(createSqliteAdapter(url), writer),
  );
  const reader = new Database(databasePath(url));
  for (const pragma of pragmas) reader.exec(`PRAGMA ${pragma}`);
  const prepare = prepareOnce(reader);
  const selectRows = (sql: string, values: readonly SqlValue[]) =>
    listOf(prepare(sql).raw(true).all(values.map(toSqlite))).map(listOf);
  return {
    ...database,
    select: async (sql, values) => selectRows(sql, values),
    // The driver takes a microsecond for each value, and the JSON parser a tenth of that.
    selectColumns: async (columns, from, values, toRow) =>
      selectRows(`SELECT json_array(${columns.join(', ')}) ${from}`, values).map(([row]) =>
        toRow(listOf(JSON.parse(String(row)))),
      ),
    execute: writer.execute,
    write: writer.execute,
    async close() {
      reader.close();
      await writer.close();
      await database.close();
    },
  };
}

/** Creates connections with the record's options: most SQLite settings apply per connection. */
export function createSqliteAdapter(url: string) {
  const options = { timestampFormat: 'unixepoch-ms' } as const;
  const adapter = new PrismaLibSql({ url: pathToFileURL(databasePath(url)).href }, options);
  return {
    provider: 'sqlite' as const,
    adapterName: adapter.adapterName,
    connect: async () => {
      const connection = await adapter.connect();
      await configure(connection);
      return connection;
    },
  };
}

/** `file:` followed by a plain path, as in Prisma, or a whole URL (`file:///…`), which may be percent-encoded. */
function databasePath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length));
}

async function migrateSqlite(url: string, directory: string): Promise<void> {
  const connection = await createSqliteAdapter(url).connect();
  try {
    await migrate(connection, createDialect(connection), await readMigrations(directory));
  } finally {
    await connection.dispose();
  }
}

async function configure(session: SqlSession): Promise<void> {
  for (const pragma of pragmas) await select(session, `PRAGMA ${pragma}`);
  await enterWal(session);
}

/**
 * Readers and the writer do not wait for each other in WAL. Switching to it ignores the busy timeout, so we wait here.
 */
async function enterWal(session: SqlSession): Promise<void> {
  const deadline = Date.now() + busyTimeoutMs;
  // The adapter's word for SQLITE_BUSY.
  const pauseAfter = (thrown: unknown) =>
    driverErrorOf(thrown).kind === 'SocketTimeout' && Date.now() <= deadline ? 20 : undefined;
  await retry(() => select(session, 'PRAGMA journal_mode = WAL'), pauseAfter);
}

function createDialect(session: SqlSession): MigrationDialect {
  return {
    findRecords: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'",
    createRecords: `CREATE TABLE "_prisma_migrations" (
      "id"                  TEXT PRIMARY KEY NOT NULL,
      "checksum"            TEXT NOT NULL,
      "finished_at"         DATETIME,
      "migration_name"      TEXT NOT NULL,
      "logs"                TEXT,
      "rolled_back_at"      DATETIME,
      "started_at"          DATETIME NOT NULL DEFAULT current_timestamp,
      "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
    )`,
    async exclusively(work) {
      await execute(session, 'BEGIN IMMEDIATE');
      try {
        await work(session);
        await execute(session, 'COMMIT');
      } catch (thrown) {
        await execute(session, 'ROLLBACK');
        throw thrown;
      }
    },
  };
}

/** Known to be a list: a schema would create objects for each member, of which a page has a hundred thousand. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error('SQLite answered with something else than a list');
}
