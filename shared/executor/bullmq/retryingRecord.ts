import type { Logger } from 'pino';
import type { BatchRecord } from '../../record/batchRecord.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { waitForDatabase } from '../run/waitForDatabase.ts';

/** Asks until the database answers, however long that takes. */
type Retrying = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/**
 * The record as a worker of the queue uses it: what it must read or write for the operations that it runs, it reads and
 * writes however long the database is away. What is written late counts only where the operation is this worker's still.
 */
export function createRetryingRecord(operations: OperationRecord, logger: Logger): OperationRecord {
  const retrying: Retrying = (ask) => waitForDatabase(ask, { logger });
  return {
    ...operations,
    batches: retryingBatches(operations.batches, retrying),
    find: (id) => retrying(() => operations.find(id)),
    claim: (id) => retrying(() => operations.claim(id)),
    release: (ids) => retrying(() => operations.release(ids)),
    isOwned: (id) => retrying(() => operations.isOwned(id)),
    readReservations: (space) => retrying(() => operations.readReservations(space)),
    recordReservation: (id, reservation) => retrying(() => operations.recordReservation(id, reservation)),
    complete: (id, completion) => retrying(() => operations.complete(id, completion)),
    fail: (id, failure) => retrying(() => operations.fail(id, failure)),
  };
}

/** What the operation asks that publishes an all-or-nothing batch. */
function retryingBatches(batches: BatchRecord, patiently: Retrying): BatchRecord {
  return {
    ...batches,
    resetItems: (id) => patiently(() => batches.resetItems(id)),
    pendingItems: (id, after) => patiently(() => batches.pendingItems(id, after)),
    recordWhole: (items) => patiently(() => batches.recordWhole(items)),
    failItem: (id, failure) => patiently(() => batches.failItem(id, failure)),
  };
}
