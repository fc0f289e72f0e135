import type { Logger } from 'pino';
import type { BatchRecord } from '../../record/batchRecord.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { waitForDatabase } from '../run/waitForDatabase.ts';

/** Retries until the database answers, however long that takes. */
type Retrying = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/**
 * The record for a worker of the queue: whatever it must read or write for its operations, it retries until the
 * database is back. A late write takes effect only if this worker still owns the operation.
 */
export function createRetryingRecord(operations: OperationRecord, logger: Logger): OperationRecord {
  const retrying: Retrying = (ask) => waitForDatabase(ask, { logger });
  return {
    ...operations,
    batches: retryingBatches(operations.batches, retrying),
    find: (id, viewer) => retrying(() => operations.find(id, viewer)),
    claim: (id) => retrying(() => operations.claim(id)),
    release: (ids) => retrying(() => operations.release(ids)),
    isOwned: (id) => retrying(() => operations.isOwned(id)),
    findPublished: (targetKey) => retrying(() => operations.findPublished(targetKey)),
    readReservations: (space) => retrying(() => operations.readReservations(space)),
    recordReservation: (id, reservation) => retrying(() => operations.recordReservation(id, reservation)),
    complete: (id, completion) => retrying(() => operations.complete(id, completion)),
    fail: (id, failure) => retrying(() => operations.fail(id, failure)),
  };
}

/** The request of the operation that publishes an all-or-nothing batch. */
function retryingBatches(batches: BatchRecord, patiently: Retrying): BatchRecord {
  return {
    ...batches,
    resetItems: (id) => patiently(() => batches.resetItems(id)),
    pendingItems: (id, after) => patiently(() => batches.pendingItems(id, after)),
    recordWhole: (items) => patiently(() => batches.recordWhole(items)),
    failItem: (id, failure) => patiently(() => batches.failItem(id, failure)),
  };
}
