import type { Config } from './config/config.ts';
import { type CommonDependencies, createDependencies, type Dependencies } from './dependencies.ts';
import { findMigrationsDirectory } from './operations/migrationsDirectory.ts';
import { openDatabase } from './operations/openDatabase.ts';

/** What functions have that read the record of operations. */
export type RecordDependencies = CommonDependencies & Pick<Dependencies, 'operations'>;

/** Makes them: the database is brought up to date. @throws StagingError DATABASE_UNAVAILABLE */
export async function createRecordDependencies(config: Config): Promise<RecordDependencies> {
  return addRecord(await createDependencies(config));
}

/** Opens the record. @throws StagingError DATABASE_UNAVAILABLE */
export async function addRecord(dependencies: CommonDependencies): Promise<RecordDependencies> {
  const operations = await openDatabase(dependencies.config.databaseUrl, {
    migrationsDirectory: findMigrationsDirectory(),
  });
  dependencies.atShutDown(() => operations.close());
  return { ...dependencies, operations };
}
