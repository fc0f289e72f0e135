import { ConfigError } from '../config/configError.ts';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { maySee } from '../model/caller.ts';
import { workerId } from '../process/workerId.ts';
import { createBatchRecord } from './batches/batches.ts';
import { changesSchema, selectChanges } from './changeFeed.ts';
import { findMigrationsDirectory } from './database/migrate.ts';
import { databaseUnavailable, type Patience } from './database/query.ts';
import type { OperationDatabase } from './database/tables.ts';
import { createAccountRecord, createSessionRecord } from './identityRecord.ts';
import { listOperations } from './lists/listOperations.ts';
import { summarizeRecord } from './lists/summary.ts';
import { MigrationError } from './migrationError.ts';
import type { OperationRecord } from './operationRecord.ts';
import { createAbortRecord, createAttemptRecord, createRequestRecord } from './operations/lifecycle.ts';
import { createLivenessRecord } from './operations/liveness.ts';
import { createOperationStore } from './operations/operationStore.ts';
import { createQueueRecord, createWaitingCount } from './operations/queue.ts';
import { createRemovalRecord } from './operations/removals.ts';
import { createReservationRecord } from './operations/reservations.ts';
import { createRuleRecord } from './operations/rules.ts';
import { createDigestRecord } from './operations/sourceDigests.ts';
import { type RowOwner, recordedKey } from './rows/operationRow.ts';
import { readOperations } from './rows/readOperations.ts';

export interface RecordOptions {
  /**
   * The directory that contains `sqlite/migrations` and `mysql/migrations`: by default `prisma/`, found from the
   * program's location.
   */
  readonly migrationsDirectory?: string;
  /** The worker id that owns operations; by default this process's. */
  readonly worker?: string;
  /**
   * How to wait for a database that does not answer, for statements that operations need to run and to end; by default
   * not.
   */
  readonly patience?: Patience | undefined;
  /** Whether any process may claim operations queued by this one; by default only this worker. */
  readonly sharesQueue?: boolean | undefined;
}

/**
 * Opens the database of a `file:` (SQLite), `mysql://` or `mariadb://` URL and migrates its schema.
 * @throws ConfigError for an invalid URL
 * @throws MigrationError when its schema cannot be migrated, and a retry would not help
 * @throws DATABASE_UNAVAILABLE when it does not answer
 */
export async function openRecord(url: Secret, options: RecordOptions = {}): Promise<OperationRecord> {
  try {
    const database = await open(url.reveal(), options.migrationsDirectory ?? findMigrationsDirectory());
    return createOperationRecord(database, options.worker ?? workerId(), options);
  } catch (cause) {
    const isOurs = [MigrationError, ConfigError, StagingError].some((type) => cause instanceof type);
    if (isOurs) throw cause;
    throw databaseUnavailable(cause);
  }
}

/** Loads only the client that is needed, because a cold start pays for each. */
async function open(url: string, migrationsDirectory: string): Promise<OperationDatabase> {
  if (url.startsWith('file:')) {
    const { openSqlite } = await import('./database/sqlite/sqlite.ts');
    return openSqlite(url, migrationsDirectory);
  }
  const { openMySql } = await import('./database/mysql/mysql.ts');
  return openMySql(url, migrationsDirectory);
}

/** The record of operations over a Prisma client, for the worker with that id (see `workerId.ts`): all its parts. */
export function createOperationRecord(
  database: OperationDatabase,
  worker: string,
  { patience, sharesQueue }: Pick<RecordOptions, 'patience' | 'sharesQueue'> = {},
): OperationRecord {
  const patient: OperationDatabase = {
    ...database,
    query: (ask, own = patience) => database.query(ask, own),
  };
  const owner: RowOwner = { worker, queueOwner: sharesQueue ? null : worker };
  const access = createOperationStore(patient, worker);
  const { find, findSome, onPhase, observe } = access;
  return {
    batches: createBatchRecord(patient, access, owner),
    accounts: createAccountRecord(database),
    sessions: createSessionRecord(database),
    ...createQueueRecord(patient, access, worker),
    ...createRequestRecord(database, access, owner),
    ...createAttemptRecord(access, owner),
    ...createLivenessRecord(access, worker),
    ...createAbortRecord(database, access, worker),
    ...createReservationRecord(patient, worker),
    ...createDigestRecord(database),
    ...createRemovalRecord(database, access, worker),
    ...createRuleRecord(database, access, worker),
    ...createWaitingCount(database),

    async find(id, viewer) {
      const operation = await find(id);
      return operation && maySee(viewer, operation) ? operation : null;
    },
    findSome,
    onPhase,
    observe,

    async findChanges({ time, id }, limit) {
      const rows = await database.query(() => database.select(selectChanges, [time, time, id, limit]));
      return changesSchema.parse(rows);
    },

    list: (filter, page, viewer) => database.query(() => listOperations(database, filter, page, viewer)),

    summarize: (since, viewer) => database.query(() => summarizeRecord(database, since, viewer)),

    async findPublished(targetKey) {
      const condition = "WHERE target_key = ? AND status = 'COMPLETED' ORDER BY id DESC LIMIT 1";
      // On MySQL there are whole keys of earlier versions.
      for (const key of [recordedKey(targetKey), targetKey]) {
        const [newest] = await patient.query(() => readOperations(database, condition, [key]));
        if (newest) return { sourceEtag: newest.sourceEtag, linkType: newest.linkType };
      }
      return null;
    },

    async ping() {
      const sql = 'UPDATE write_checks SET checked_at = ? WHERE id = 1';
      await database.query(() => database.execute(sql, [new Date()]));
    },

    close: () => database.close(),
  };
}
