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
  const watched = onFailures(operations, watcher);
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
function onFailures(
  operations: OperationRecord,
  { databaseUnavailable }: OperationObserver,
): OperationRecord {
  const observed: Telling =
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
    create: observed(operations.create),
    createOnce: observed(operations.createOnce),
    revise: observed(operations.revise),
    begin: observed(operations.begin),
    abortPending: observed(operations.abortPending),
    setDestruction: observed(operations.setDestruction),
    start: observed(operations.start),
    heartbeat: observed(operations.heartbeat),
    recordProgress: observed(operations.recordProgress),
    retry: observed(operations.retry),
    requestAbort: observed(operations.requestAbort),
    findAbortRequests: observed(operations.findAbortRequests),
    batches: onBatches(operations.batches, observed),
    findSome: observed(operations.findSome),
    findChanges: observed(operations.findChanges),
    onPhase: operations.onPhase,
    isOwned: observed(operations.isOwned),
    readReservations: observed(operations.readReservations),
    recordReservation: observed(operations.recordReservation),
    complete: observed(operations.complete),
    fail: observed(operations.fail),
    failSome: observed(operations.failSome),
    find: observed(operations.find),
    list: observed(operations.list),
    summarize: observed(operations.summarize),
    findDigests: observed(operations.findDigests),
    findInterrupted: observed(operations.findInterrupted),
    release: observed(operations.release),
    claim: observed(operations.claim),
    requeue: observed(operations.requeue),
    findQueued: observed(operations.findQueued),
    closeInterrupted: observed(operations.closeInterrupted),
    ping: observed(operations.ping),
    close: operations.close,
  };
}

type Telling = <Parameters extends unknown[], Result>(
  call: (...parameters: Parameters) => Promise<Result>,
) => (...parameters: Parameters) => Promise<Result>;

/** The same batches. What goes in steps is not told of. */
function onBatches(batches: BatchRecord, observed: Telling): BatchRecord {
  return {
    ...batches,
    create: observed(batches.create),
    addItems: observed(batches.addItems),
    heartbeat: observed(batches.heartbeat),
    accept: observed(batches.accept),
    removeItems: observed(batches.removeItems),
    refuse: observed(batches.refuse),
    claim: observed(batches.claim),
    reopen: observed(batches.reopen),
    requestAborts: observed(batches.requestAborts),
    resetItems: observed(batches.resetItems),
    pendingItems: observed(batches.pendingItems),
    recordWhole: observed(batches.recordWhole),
    failItem: observed(batches.failItem),
    find: observed(batches.find),
    counts: observed(batches.counts),
    settle: observed(batches.settle),
    listOperations: observed(batches.listOperations),
    list: observed(batches.list),
    findUnfinished: observed(batches.findUnfinished),
  };
}
