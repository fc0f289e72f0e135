import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Secret } from '../../../shared/config/secret.ts';
import { theService } from '../../../shared/model/caller.ts';
import { execute, select } from '../../../shared/record/database/sqlSession.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import { type DatabaseUnderTest, provideDatabase } from './databaseUnderTest.ts';
import { migrationsDirectory } from './request.ts';
import { startWorker } from './workerProcess.ts';

const selectRecords = `SELECT migration_name, applied_steps_count, logs, rolled_back_at,
  finished_at IS NOT NULL AND started_at <= finished_at FROM _prisma_migrations ORDER BY migration_name`;

/** The schema migrates itself, and reports when it cannot. */
export function testMigrations(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);

  test('processes that start concurrently on an empty database migrate it once', async () => {
    const workers = Array.from({ length: 5 }, () => startWorker(url(), 'create', '1'));
    expect(await Promise.all(workers.map((worker) => worker.ended()))).toEqual([0, 0, 0, 0, 0]);
    const records = await select(await connect(), selectRecords);
    expect(records.map((record) => record.map(plain))).toEqual(
      migrationNames(url()).map((name) => [name, '1', 'null', 'null', '1']),
    );
    const repository = await open();
    expect((await repository.list({}, { limit: 10 }, theService)).operations).toHaveLength(5);
  });

  test('a failed migration stops the start, and is named', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'migrations-'));
    await copyWithBroken(broken);
    const opening = openRecord(new Secret(await database.createUrl()), { migrationsDirectory: broken });
    await expect(opening).rejects.toThrow('20990101000000_broken');
    await rm(broken, { recursive: true });
  });

  test('a migration that changed after it was applied stops the start', async () => {
    const connection = await connect();
    const which = "WHERE migration_name = '20261123000000_staging_operations'";
    const [[checksum] = []] = await select(connection, `SELECT checksum FROM _prisma_migrations ${which}`);
    await execute(connection, `UPDATE _prisma_migrations SET checksum = 'other' ${which}`);
    await expect(open()).rejects.toMatchObject({ name: 'MigrationError' });
    await execute(connection, `UPDATE _prisma_migrations SET checksum = ? ${which}`, [String(checksum)]);
  });

  test('a migration that stopped half-way stops the start until it is resolved', async () => {
    const connection = await connect();
    const insert =
      "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', 'x', '20990101000000_next')";
    await execute(connection, insert);
    await expect(open()).rejects.toThrow('20990101000000_next');
    await execute(connection, "UPDATE _prisma_migrations SET rolled_back_at = started_at WHERE id = '1'");
    await expect(open()).resolves.toBeDefined();
  });

  test('a migration of a newer version is ignored', async () => {
    await execute(
      await connect(),
      "UPDATE _prisma_migrations SET rolled_back_at = NULL, finished_at = started_at WHERE id = '1'",
    );
    await expect(open()).resolves.toBeDefined();
  });
}

/** A copy of our migrations, with one more that fails in the middle. */
async function copyWithBroken(directory: string): Promise<void> {
  await cp(migrationsDirectory, directory, { recursive: true });
  for (const provider of ['sqlite', 'mysql']) {
    const broken = join(directory, provider, 'migrations', '20990101000000_broken');
    await mkdir(broken);
    await writeFile(join(broken, 'migration.sql'), 'CREATE TABLE half (id INTEGER);\nNONSENSE;\n');
  }
}

/** Databases return a count as a number, or as text when it may be large. */
const plain = (value: unknown) => String(value);

/** Those of both databases have the same names. */
function migrationNames(url: string): string[] {
  return readdirSync(join(migrationsDirectory, url.startsWith('file:') ? 'sqlite' : 'mysql', 'migrations'))
    .filter((name) => name !== 'migration_lock.toml')
    .sort();
}
