import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Migration } from './migrations.ts';
import { execute, type SqlSession, select } from './sqlSession.ts';

/** What differs between the databases when they are migrated. */
export interface MigrationDialect {
  /** Selects a row exactly when the table `_prisma_migrations` exists. */
  readonly findRecords: string;
  /** Creates it, with the types that Prisma Migrate gives it. */
  readonly createRecords: string;
  /** Runs `work` while no other instance migrates; if it throws, all of it is undone that can be. */
  exclusively(work: (session: SqlSession) => Promise<void>): Promise<void>;
}

/** The schema cannot be brought up to date; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const recordsSchema = z.array(
  z.tuple([z.string(), z.string(), z.unknown()]).transform(([name, checksum, finishedAt]) => ({
    name,
    checksum,
    isFinished: finishedAt !== null,
  })),
);

/**
 * Brings the schema up to date, and keeps the same records as `prisma migrate deploy`, so that either may go on where
 * the other stopped. Any number of instances may do it at once. Records of migrations that this program does not know
 * are left alone: a newer version made them, and keeps the schema fit for this one.
 * @throws MigrationError when a migration changed after it was applied, or stopped half-way
 */
export async function migrate(
  session: SqlSession,
  dialect: MigrationDialect,
  migrations: readonly Migration[],
): Promise<void> {
  // Nearly always all is done already: then no lock is taken.
  if ((await findPending(session, dialect, migrations)).length === 0) return;
  await dialect.exclusively(async (locked) => {
    if (!(await hasRecords(locked, dialect))) await execute(locked, dialect.createRecords);
    for (const migration of await findPending(locked, dialect, migrations)) await apply(locked, migration);
  });
}

async function hasRecords(session: SqlSession, dialect: MigrationDialect): Promise<boolean> {
  return (await select(session, dialect.findRecords)).length > 0;
}

async function findPending(
  session: SqlSession,
  dialect: MigrationDialect,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  if (!(await hasRecords(session, dialect))) return [...migrations];
  const rows = await select(
    session,
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const records = recordsSchema.parse(rows);
  const broken = records.find((record) => !record.isFinished);
  if (broken) {
    throw new MigrationError(
      `The migration ${broken.name} stopped half-way. Mend the schema by hand, then use "prisma migrate resolve".`,
    );
  }
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

/** Written down before and after, as Prisma does: what stops between shows for ever. */
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
