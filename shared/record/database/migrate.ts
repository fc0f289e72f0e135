import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { MigrationError } from '../migrationError.ts';
import { execute, type SqlSession, select } from './sqlSession.ts';

/** The differences between databases for migrations. */
export interface MigrationDialect {
  /** Selects a row exactly when the table `_prisma_migrations` exists. */
  readonly findRecords: string;
  /** Creates it, with the column types of Prisma Migrate. */
  readonly createRecords: string;
  /** Runs `work` while no other instance migrates; if it throws, everything is undone as far as possible. */
  exclusively(work: (session: SqlSession) => Promise<void>): Promise<void>;
}

const recordsSchema = z.array(
  z.tuple([z.string(), z.string(), z.unknown()]).transform(([name, checksum, finishedAt]) => ({
    name,
    checksum,
    isFinished: finishedAt !== null,
  })),
);

type MigrationRecord = z.output<typeof recordsSchema>[number];

/**
 * Migrates the schema, and keeps the same records as `prisma migrate deploy`, so that either may continue the other's
 * work. Any number of instances may do so at the same time. Recorded migrations that this program does not know are
 * ignored: a newer version made them, and keeps the schema compatible with this one.
 * @throws MigrationError when a migration changed after it was applied, or stopped half-way
 */
export async function migrate(
  session: SqlSession,
  dialect: MigrationDialect,
  migrations: readonly Migration[],
): Promise<void> {
  // Usually everything is applied already: then no lock is taken.
  const records = await readRecords(session, dialect);
  const isDone =
    records?.every((record) => record.isFinished) && findPending(records, migrations).length === 0;
  if (isDone) return;
  await dialect.exclusively(async (locked) => {
    if (!(await readRecords(locked, dialect))) await execute(locked, dialect.createRecords);
    const recorded = (await readRecords(locked, dialect)) ?? [];
    // Only under the lock: otherwise another instance may be half-way through.
    refuseUnfinished(recorded);
    for (const migration of findPending(recorded, migrations)) await apply(locked, migration);
  });
}

/** The recorded migrations; undefined if their table does not exist yet. */
async function readRecords(
  session: SqlSession,
  dialect: MigrationDialect,
): Promise<MigrationRecord[] | undefined> {
  if ((await select(session, dialect.findRecords)).length === 0) return undefined;
  return recordsSchema.parse(
    await select(
      session,
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    ),
  );
}

function refuseUnfinished(records: readonly MigrationRecord[]): void {
  const broken = records.find((record) => !record.isFinished);
  if (!broken) return;
  throw new MigrationError(
    `The migration ${broken.name} stopped half-way. Repair the schema manually, then use "prisma migrate resolve".`,
  );
}

function findPending(records: readonly MigrationRecord[], migrations: readonly Migration[]): Migration[] {
  return migrations.filter(({ name, checksum }) => {
    const record = records.find((one) => one.name === name);
    if (record && record.checksum !== checksum) {
      throw new MigrationError(
        `The migration ${name} changed after it was applied; restore its migration.sql.`,
      );
    }
    return !record;
  });
}

/** Recorded before and after, as Prisma does: an interruption in between remains visible. */
async function apply(session: SqlSession, { name, checksum, statements }: Migration): Promise<void> {
  const id = randomUUID();
  await execute(
    session,
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES (?, ?, ?, ?)',
    [id, checksum, name, new Date()],
  );
  try {
    for (const statement of statements) await execute(session, statement);
  } catch (cause) {
    await execute(session, 'UPDATE _prisma_migrations SET logs = ? WHERE id = ?', [String(cause), id]);
    throw new MigrationError(`The migration ${name} failed.`, { cause });
  }
  await execute(
    session,
    'UPDATE _prisma_migrations SET finished_at = ?, applied_steps_count = applied_steps_count + 1 WHERE id = ?',
    [new Date(), id],
  );
}

/** One migration: a Prisma folder with its `migration.sql`. */
export interface Migration {
  readonly name: string;
  /** SHA-256 of the file in hex, by which Prisma also detects changes. */
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** The migrations in a Prisma directory, in their order. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const sql = await readFile(join(directory, name, 'migration.sql'));
  return {
    name,
    checksum: createHash('sha256').update(sql).digest('hex'),
    statements: splitStatements(sql.toString()),
  };
}

/** Our migrations follow this rule: a semicolon ends a line exactly where it ends a statement. */
function splitStatements(sql: string): string[] {
  return sql
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^--.*$/gm, '').trim() !== '');
}

/**
 * Finds `prisma/`, which contains the migrations of each database: beside the program or above it, whether it runs from
 * source or from a bundle.
 */
export function findMigrationsDirectory(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let directory = start; ; directory = dirname(directory)) {
    const candidate = join(directory, 'prisma');
    if (existsSync(join(candidate, 'sqlite', 'migrations'))) return candidate;
    if (dirname(directory) === directory) throw new Error(`There are no migrations beside or above ${start}`);
  }
}
