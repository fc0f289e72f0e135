import { createAbortRecord } from './abortRecord.ts';
import { createAttemptRecord } from './attemptRecord.ts';
import { changesSchema, selectChanges } from './changesStatement.ts';
import { findDigests } from './knownDigests.ts';
import { listOperations } from './operationList.ts';
import type { OperationDatabase } from './operationTable.ts';
import { createPrismaBatches } from './prismaBatches.ts';
import { query } from './query.ts';
import { createQueueRecord } from './queueRecord.ts';
import { createRecordAccess } from './recordAccess.ts';
import type { OperationRepository } from './repository.ts';
import { createRequestRecord } from './requestRecord.ts';
import { createReservationRecord } from './reservationRecord.ts';
import { createSignsOfLife } from './signsOfLife.ts';
import { summarizeRecord } from './summary.ts';

/** The record of operations over a Prisma client, for the worker of that name (see `worker.ts`): all its parts. */
export function createPrismaRepository(database: OperationDatabase, worker: string): OperationRepository {
  const access = createRecordAccess(database);
  const { find, findSome, onPhase } = access;
  return {
    batches: createPrismaBatches(database, worker),
    ...createQueueRecord(database, access, worker),
    ...createRequestRecord(database, access, worker),
    ...createAttemptRecord(access, worker),
    ...createSignsOfLife(database, access, worker),
    ...createAbortRecord(database, access, worker),
    ...createReservationRecord(database, worker),

    find,
    findSome,
    onPhase,

    async findChanges({ time, id }, limit) {
      const rows = await query(() => database.$queryRawUnsafe(selectChanges, time, time, id, limit));
      return changesSchema.parse(rows);
    },

    list: (filter, page) => query(() => listOperations(database, filter, page)),

    summarize: (since) => query(() => summarizeRecord(database, since)),

    findDigests: (sourceEtag) => query(() => findDigests(database, sourceEtag)),

    async ping() {
      await query(() => database.$queryRawUnsafe('SELECT 1'));
    },

    close: () => database.$disconnect(),
  };
}
