import { createPrismaBatches } from '../record/batches/batches.ts';
import { query } from '../record/database/query.ts';
import type { OperationDatabase } from '../record/database/tables.ts';
import { listOperations } from '../record/lists/listOperations.ts';
import { summarizeRecord } from '../record/lists/summary.ts';
import type { OperationRepository } from '../record/operationRecord.ts';
import { createAttemptRecord } from '../record/operations/attempts.ts';
import { findDigests } from '../record/operations/knownDigests.ts';
import { createSignsOfLife } from '../record/operations/liveness.ts';
import { createRecordAccess } from '../record/operations/operationStore.ts';
import { createQueueRecord } from '../record/operations/queue.ts';
import { createRequestRecord } from '../record/operations/requests.ts';
import { createReservationRecord } from '../record/operations/reservations.ts';
import { createAbortRecord } from './abortRecord.ts';
import { changesSchema, selectChanges } from './changesStatement.ts';

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
