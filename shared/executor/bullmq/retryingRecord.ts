import type { Logger } from 'pino';
import type { BatchRecord } from '../../record/batchRecord.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { whenDatabaseAnswers } from '../run/waitForDatabase.ts';

/** Asks until the database answers, however long that takes. */
type Patiently = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/**
 * The record as a worker of the queue uses it: what it must read or write for the operations that it runs, it reads and
 * writes however long the database is away. What is written late counts only where the operation is this worker's still.
 */
export function createPatientRecord(operations: OperationRecord, logger: Logger): OperationRecord {
  const patiently: Patiently = (ask) => whenDatabaseAnswers(ask, { logger });
  return {
    ...operations,
    batches: patientBatches(operations.batches, patiently),
    find: (id) => patiently(() => operations.find(id)),
    claim: (id) => patiently(() => operations.claim(id)),
    release: (ids) => patiently(() => operations.release(ids)),
    isOwned: (id) => patiently(() => operations.isOwned(id)),
    readReservations: (space) => patiently(() => operations.readReservations(space)),
    recordReservation: (id, reservation) => patiently(() => operations.recordReservation(id, reservation)),
    complete: (id, completion) => patiently(() => operations.complete(id, completion)),
    fail: (id, failure) => patiently(() => operations.fail(id, failure)),
  };
}

/** What the operation asks that publishes an all-or-nothing batch. */
function patientBatches(batches: BatchRecord, patiently: Patiently): BatchRecord {
  return {
    ...batches,
    resetItems: (id) => patiently(() => batches.resetItems(id)),
    pendingItems: (id, after) => patiently(() => batches.pendingItems(id, after)),
    recordWhole: (items) => patiently(() => batches.recordWhole(items)),
    failItem: (id, failure) => patiently(() => batches.failItem(id, failure)),
  };
}
