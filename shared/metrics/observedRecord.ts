import { StagingError } from '../errors/stagingError.ts';
import type { Failure, Operation } from '../model/operation.ts';
import type { BatchRecord } from '../record/batchRecord.ts';
import type { OperationRecord } from '../record/operationRecord.ts';

/** Who is told what becomes of operations. */
export interface OperationObserver {
  /** It runs in this process from now on. */
  started(operation: Operation): void;
  /** The record says that it has ended. Told once for each attempt, by the process that ended it. */
  ended(operation: Operation): void;
  /** This process has no more to do with the operation, whether its end could be recorded or not. */
  left(id: string): void;
  databaseUnavailable(): void;
}

/**
 * The same record, with somebody who is told of it. All operations go through it, also those that are refused before
 * they run, so what is counted here is what `GET /operations` lists.
 */
export function observeRecord(operations: OperationRecord, watcher: OperationObserver): OperationRecord {
  const watched = tellOfFailures(operations, watcher);
  return {
    ...watched,
    async abortPending(id) {
      const isAborted = await watched.abortPending(id);
      const operation = isAborted ? await watched.find(id) : null;
      if (operation) watcher.ended(operation);
      return isAborted;
    },
    async start(id) {
      const operation = await watched.start(id);
      // Otherwise somebody else has closed it meanwhile.
      if (operation.phase === 'EXECUTING') watcher.started(operation);
      return operation;
    },
    async complete(id, completion) {
      const operation = await watched.complete(id, completion);
      // Otherwise somebody else has closed it meanwhile, and counted it.
      if (operation.phase === 'COMPLETED') watcher.ended(operation);
      watcher.left(id);
      return operation;
    },
    async fail(id, failure) {
      const begin = Date.now();
      try {
        const operation = await watched.fail(id, failure);
        if (isEndedBy(operation, failure, begin)) watcher.ended(operation);
        return operation;
      } finally {
        watcher.left(id);
      }
    },
    async failSome(ids, failure) {
      const begin = Date.now();
      const operations = await watched.failSome(ids, failure);
      for (const operation of operations) {
        if (isEndedBy(operation, failure, begin)) watcher.ended(operation);
      }
      return operations;
    },
    async closeInterrupted(operation, failure) {
      const isClosed = await watched.closeInterrupted(operation, failure);
      const { phase = 'ERROR', errorCode = 'INTERRUPTED' } = failure ?? {};
      if (isClosed) watcher.ended({ ...operation, phase, errorCode });
      return isClosed;
    },
    async claim(id) {
      const operation = await watched.claim(id);
      if (operation) watcher.started(operation);
      return operation;
    },
    async release(ids) {
      await watched.release(ids);
      for (const id of ids) watcher.left(id);
    },
  };
}

/** Otherwise somebody else had closed it before, and counted it; with the same code, perhaps. */
function isEndedBy({ errorCode, finishedAt }: Operation, failure: Failure, begin: number): boolean {
  return errorCode === failure.errorCode && finishedAt !== null && finishedAt.getTime() >= begin;
}

/** The same record; each call that the database does not answer is told of. */
function tellOfFailures(
  operations: OperationRecord,
  { databaseUnavailable }: OperationObserver,
): OperationRecord {
  const telling: Telling =
    <Parameters extends unknown[], Result>(call: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      try {
        return await call(...parameters);
      } catch (error) {
        if (error instanceof StagingError && error.code === 'DATABASE_UNAVAILABLE') databaseUnavailable();
        throw error;
      }
    };
  return {
    create: telling(operations.create),
    createOnce: telling(operations.createOnce),
    revise: telling(operations.revise),
    begin: telling(operations.begin),
    abortPending: telling(operations.abortPending),
    setDestruction: telling(operations.setDestruction),
    start: telling(operations.start),
    heartbeat: telling(operations.heartbeat),
    recordProgress: telling(operations.recordProgress),
    retry: telling(operations.retry),
    requestAbort: telling(operations.requestAbort),
    findAbortRequests: telling(operations.findAbortRequests),
    batches: tellOfBatches(operations.batches, telling),
    findSome: telling(operations.findSome),
    findChanges: telling(operations.findChanges),
    onPhase: operations.onPhase,
    isOwned: telling(operations.isOwned),
    readReservations: telling(operations.readReservations),
    recordReservation: telling(operations.recordReservation),
    complete: telling(operations.complete),
    fail: telling(operations.fail),
    failSome: telling(operations.failSome),
    find: telling(operations.find),
    list: telling(operations.list),
    summarize: telling(operations.summarize),
    findDigests: telling(operations.findDigests),
    findInterrupted: telling(operations.findInterrupted),
    release: telling(operations.release),
    claim: telling(operations.claim),
    requeue: telling(operations.requeue),
    findQueued: telling(operations.findQueued),
    closeInterrupted: telling(operations.closeInterrupted),
    ping: telling(operations.ping),
    close: operations.close,
  };
}

type Telling = <Parameters extends unknown[], Result>(
  call: (...parameters: Parameters) => Promise<Result>,
) => (...parameters: Parameters) => Promise<Result>;

/** The same batches. What goes in steps is not told of. */
function tellOfBatches(batches: BatchRecord, telling: Telling): BatchRecord {
  return {
    ...batches,
    create: telling(batches.create),
    addItems: telling(batches.addItems),
    heartbeat: telling(batches.heartbeat),
    accept: telling(batches.accept),
    removeItems: telling(batches.removeItems),
    refuse: telling(batches.refuse),
    claim: telling(batches.claim),
    reopen: telling(batches.reopen),
    requestAborts: telling(batches.requestAborts),
    resetItems: telling(batches.resetItems),
    pendingItems: telling(batches.pendingItems),
    recordWhole: telling(batches.recordWhole),
    failItem: telling(batches.failItem),
    find: telling(batches.find),
    counts: telling(batches.counts),
    settle: telling(batches.settle),
    listOperations: telling(batches.listOperations),
    list: telling(batches.list),
    findUnfinished: telling(batches.findUnfinished),
  };
}
