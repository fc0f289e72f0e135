import { StagingError } from '../errors/stagingError.ts';
import { theService } from '../model/caller.ts';
import type { Failure, Operation } from '../model/operation.ts';
import type { OperationRecord } from '../record/operationRecord.ts';

/** Observer of the operations of a process. */
export interface OperationObserver {
  /** It runs in this process from now on. */
  started(operation: Operation): void;
  /** Its end is recorded. Called once for each attempt, by the process that ended it. */
  ended(operation: Operation): void;
  /** This process is done with the operation, whether its end could be recorded or not. */
  left(id: string): void;
  databaseUnavailable(): void;
}

/**
 * The same record with an observer. All operations go through it, including those that are refused before they run, so
 * what is counted here is what `GET /operations` lists.
 */
export function observeRecord(operations: OperationRecord, watcher: OperationObserver): OperationRecord {
  const watched = onFailures(operations, watcher);
  return {
    ...watched,
    batches: onFailures(operations.batches, watcher),
    async create(request) {
      const operation = await watched.create(request);
      if (operation.phase === 'EXECUTING') watcher.started(operation);
      return operation;
    },
    async createOnce(request) {
      const created = await watched.createOnce(request);
      const { operation, isNew } = created;
      if (isNew && operation.phase === 'EXECUTING') watcher.started(operation);
      return created;
    },
    async abortPending(id) {
      const isAborted = await watched.abortPending(id);
      const operation = isAborted ? await watched.find(id, theService) : null;
      if (operation) watcher.ended(operation);
      return isAborted;
    },
    async start(id) {
      const operation = await watched.start(id);
      // Otherwise another process has closed it.
      if (operation.phase === 'EXECUTING') watcher.started(operation);
      return operation;
    },
    async complete(id, completion) {
      const operation = await watched.complete(id, completion);
      // Otherwise another process has closed and counted it.
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

/** Otherwise another process has already closed and counted it, perhaps with the same code. */
function isEndedBy({ errorCode, finishedAt }: Operation, failure: Failure, begin: number): boolean {
  return errorCode === failure.errorCode && finishedAt !== null && finishedAt.getTime() >= begin;
}

/**
 * The same methods; the observer is notified of each call that the database does not answer. Stepwise calls are not
 * observed.
 */
function onFailures<Methods extends object>(
  methods: Methods,
  { databaseUnavailable }: OperationObserver,
): Methods {
  const note = (error: unknown) => {
    if (error instanceof StagingError && error.code === 'DATABASE_UNAVAILABLE') databaseUnavailable();
  };
  return new Proxy(methods, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, parameters);
        if (result instanceof Promise) result.catch(note);
        return result;
      };
    },
  });
}
