import { StagingError } from '../errors/stagingError.ts';
import type { Failure, Operation } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';

/** Who is told what becomes of operations. */
export interface OperationWatcher {
  queued(operation: Operation): void;
  started(id: string): void;
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
export function watchRecord(operations: OperationRepository, watcher: OperationWatcher): OperationRepository {
  const watched = tellOfFailures(operations, watcher);
  return {
    ...watched,
    async create(request) {
      const operation = await watched.create(request);
      if (operation.phase === 'QUEUED') watcher.queued(operation);
      return operation;
    },
    async retry(operation) {
      const queued = await watched.retry(operation);
      if (queued) watcher.queued(queued);
      return queued;
    },
    async createOnce(request) {
      const created = await watched.createOnce(request);
      if (created.isNew) watcher.queued(created.operation);
      return created;
    },
    async begin(id) {
      const isBegun = await watched.begin(id);
      const operation = isBegun ? await watched.find(id) : null;
      if (operation) watcher.queued(operation);
      return isBegun;
    },
    async abortPending(id) {
      const isAborted = await watched.abortPending(id);
      const operation = isAborted ? await watched.find(id) : null;
      if (operation) watcher.ended(operation);
      return isAborted;
    },
    async start(id) {
      const operation = await watched.start(id);
      watcher.started(id);
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
    async closeInterrupted(operation) {
      const isClosed = await watched.closeInterrupted(operation);
      if (isClosed) watcher.ended({ ...operation, phase: 'ERROR', errorCode: 'INTERRUPTED' });
      return isClosed;
    },
  };
}

/** Otherwise somebody else had closed it before, and counted it; with the same code, perhaps. */
function isEndedBy({ errorCode, finishedAt }: Operation, failure: Failure, begin: number): boolean {
  return errorCode === failure.errorCode && finishedAt !== null && finishedAt.getTime() >= begin;
}

/** The same record; each call that the database does not answer is told of. */
function tellOfFailures(
  operations: OperationRepository,
  { databaseUnavailable }: OperationWatcher,
): OperationRepository {
  const telling =
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
    findSome: telling(operations.findSome),
    findChanges: telling(operations.findChanges),
    onPhase: operations.onPhase,
    isOwned: telling(operations.isOwned),
    readReservations: telling(operations.readReservations),
    recordReservation: telling(operations.recordReservation),
    complete: telling(operations.complete),
    fail: telling(operations.fail),
    find: telling(operations.find),
    list: telling(operations.list),
    summarize: telling(operations.summarize),
    findDigests: telling(operations.findDigests),
    findInterrupted: telling(operations.findInterrupted),
    closeInterrupted: telling(operations.closeInterrupted),
    ping: telling(operations.ping),
    close: operations.close,
  };
}
