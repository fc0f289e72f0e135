import type { Config } from '../config/config.ts';
import { createIdentity } from '../identity/createIdentity.ts';
import { workerId } from '../process/workerId.ts';
import { openRecord } from '../record/openRecord.ts';
import type { OperationObserver } from '../record/operationRecord.ts';
import { createOperationWatch } from '../record/operationWatch.ts';
import { type CommonDependencies, createDependencies, type Dependencies } from './dependencies.ts';

/** The dependencies of functions that read the record of operations. */
export type RecordDependencies = CommonDependencies &
  Pick<Dependencies, 'operations' | 'operationWatch' | 'identity'>;

/** Creates them: the database is migrated. @throws StagingError DATABASE_UNAVAILABLE */
export async function createRecordDependencies(config: Config): Promise<RecordDependencies> {
  return addRecord(await createDependencies(config));
}

/** How soon other invocations are polled for the end of an operation, in ms: most are short. */
const firstPollMs = 100;

/** How a process uses the record. */
export interface RecordNeeds {
  /** Observes all operations of the process. */
  readonly observer?: OperationObserver | undefined;
  /** Whether to wait for a database that does not answer, as workers do. */
  readonly waitsForDatabase?: boolean | undefined;
  /** Whether other processes may claim operations queued by this one. */
  readonly sharesQueue?: boolean | undefined;
  /** The worker id of this process, if it is not the default one. */
  readonly worker?: string | undefined;
}

/** Opens the record. @throws StagingError DATABASE_UNAVAILABLE */
export async function addRecord(
  dependencies: CommonDependencies,
  { observer, waitsForDatabase, sharesQueue, worker }: RecordNeeds = {},
): Promise<RecordDependencies> {
  const { config, logger } = dependencies;
  const operations = await openRecord(config.databaseUrl, {
    worker: worker ?? workerId(config.instance),
    ...(waitsForDatabase && { patience: { logger } }),
    sharesQueue,
  });
  dependencies.atShutDown(() => operations.close());
  if (observer) operations.observe(observer);
  const operationWatch = createOperationWatch(operations, logger, config.invocation ? { firstPollMs } : {});
  // The functions have ended all waiting requests before this.
  dependencies.atShutDown(async () => operationWatch.close());
  const identity = await createIdentity({ config, logger, record: operations });
  return { ...dependencies, operations, operationWatch, identity };
}
