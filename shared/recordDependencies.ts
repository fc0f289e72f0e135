import type { Config } from './config/config.ts';
import { type CommonDependencies, createDependencies, type Dependencies } from './dependencies.ts';
import { findMigrationsDirectory } from './operations/migrationsDirectory.ts';
import { openDatabase } from './operations/openDatabase.ts';
import { createOperationWatch } from './operations/operationWatch.ts';
import type { OperationRepository } from './operations/repository.ts';
import { nameWorker } from './operations/worker.ts';

/** What functions have that read the record of operations. */
export type RecordDependencies = CommonDependencies & Pick<Dependencies, 'operations' | 'operationWatch'>;

/** Makes them: the database is brought up to date. @throws StagingError DATABASE_UNAVAILABLE */
export async function createRecordDependencies(config: Config): Promise<RecordDependencies> {
  return addRecord(await createDependencies(config));
}

/**
 * Opens the record, and wraps it if it is told how, before anything uses it.
 * @throws StagingError DATABASE_UNAVAILABLE
 */
export async function addRecord(
  dependencies: CommonDependencies,
  wrap: (operations: OperationRepository) => OperationRepository = (operations) => operations,
): Promise<RecordDependencies> {
  const { databaseUrl, instance } = dependencies.config;
  const opened = await openDatabase(databaseUrl, {
    migrationsDirectory: findMigrationsDirectory(),
    worker: nameWorker(instance),
  });
  dependencies.atShutDown(() => opened.close());
  const operations = wrap(opened);
  const operationWatch = createOperationWatch(operations, dependencies.logger);
  // Those who wait are let go before this, by the functions that they asked.
  dependencies.atShutDown(async () => operationWatch.close());
  return { ...dependencies, operations, operationWatch };
}
