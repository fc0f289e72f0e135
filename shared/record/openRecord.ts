import { ConfigError } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { createPrismaRepository } from '../operations/prismaRepository.ts';
import { nameWorker } from '../process/workerId.ts';
import { MigrationError } from './database/migrate.ts';
import type { OperationDatabase } from './database/tables.ts';
import type { OperationRepository } from './operationRecord.ts';

export interface DatabaseOptions {
  /** The directory that holds `sqlite/migrations` and `mysql/migrations`: `prisma/`, wherever the program runs from. */
  readonly migrationsDirectory: string;
  /** The name under which this repository owns operations; by default this process's. */
  readonly worker?: string;
}

/**
 * Opens the database of a `file:` (SQLite), `mysql://` or `mariadb://` URL and brings its schema up to date.
 * @throws ConfigError when the URL is none
 * @throws MigrationError when its schema cannot be brought up to date, and trying again would not help
 * @throws DATABASE_UNAVAILABLE when it does not answer
 */
export async function openDatabase(url: Secret, options: DatabaseOptions): Promise<OperationRepository> {
  try {
    const database = await open(url.reveal(), options.migrationsDirectory);
    return createPrismaRepository(database, options.worker ?? nameWorker());
  } catch (cause) {
    const isOurs = [MigrationError, ConfigError, StagingError].some((type) => cause instanceof type);
    if (isOurs) throw cause;
    throw new StagingError('DATABASE_UNAVAILABLE', {}, { cause });
  }
}

/** Loads the one client that is needed, as a cold start pays for each. */
async function open(url: string, migrationsDirectory: string): Promise<OperationDatabase> {
  if (url.startsWith('file:')) {
    const { openSqlite } = await import('./database/sqlite.ts');
    return openSqlite(url, migrationsDirectory);
  }
  const { openMySql } = await import('./database/mysql.ts');
  return openMySql(url, migrationsDirectory);
}
