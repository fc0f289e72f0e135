import type { Config } from './config/config.ts';
import { type CommonDependencies, createDependencies, type Dependencies } from './dependencies.ts';
import { findMigrationsDirectory } from './operations/migrationsDirectory.ts';
import { openDatabase } from './operations/openDatabase.ts';
import { nameWorker } from './operations/worker.ts';

/** What functions have that read the record of operations. */
export type RecordDependencies = CommonDependencies & Pick<Dependencies, 'operations'>;

/** Makes them: the database is brought up to date. @throws StagingError DATABASE_UNAVAILABLE */
export async function createRecordDependencies(config: Config): Promise<RecordDependencies> {
  return addRecord(await createDependencies(config));
}

/** Opens the record, for a worker of that name. @throws StagingError DATABASE_UNAVAILABLE */
export async function addRecord(
  dependencies: CommonDependencies,
  worker = nameWorker(dependencies.config.instance),
): Promise<RecordDependencies> {
  const { databaseUrl } = dependencies.config;
  const operations = await openDatabase(databaseUrl, {
    migrationsDirectory: findMigrationsDirectory(),
    worker,
  });
  dependencies.atShutDown(() => operations.close());
  return { ...dependencies, operations };
}
