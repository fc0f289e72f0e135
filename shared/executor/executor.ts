// The executor runs recorded operations. It promises that an operation runs at most once at a time, that its end is
// recorded, and that an operation whose worker dies is recovered.

import { StagingError } from '../errors/stagingError.ts';
import type { StagingMethodName } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import { isDid } from '../model/sourcePath.ts';
import type { StartedOperation } from '../record/operationRecord.ts';
import type { QueuedOperation } from '../record/queueRecord.ts';
import type { StagingMethod, StagingRequest } from '../staging/stagingMethod.ts';

/** The result of an operation that succeeded. */
export interface Staged {
  readonly operation: Operation;
  /** The location of the data. */
  readonly location: string;
}

/** A slot acquired before its operation is recorded, so that the operation is recorded as started. */
export interface Slot {
  /**
   * Runs the operation to its end; stops it if it cannot be recorded.
   * @throws StagingError its error, after it was recorded
   */
  run(method: StagingMethod, request: StagingRequest, started: StartedOperation): Promise<Staged | undefined>;
  /** Frees the slot, because the operation was not recorded. */
  free(): void;
}

/** The queued operations of one method. */
export interface QueueState {
  readonly method: string;
  /** How many operations are queued. */
  readonly size: number;
  /** When the oldest of them was added, by the monotonic clock, in ms; undefined when none is queued. */
  readonly oldestQueuedAt: number | undefined;
}

/** Runs operations: those that it claims when it has a free slot, and those that only this process can run. */
export interface Executor {
  /** A slot for an operation that cannot be queued, if one is free now and no other operation is queued for it. */
  takeSlot(method: StagingMethod, request: StagingRequest): Slot | undefined;
  /**
   * Waits for the end of a recorded QUEUED operation, which runs here or elsewhere once a slot is free. Undefined when
   * the signal aborts; the operation continues.
   * @throws StagingError the operation's error, after it was recorded; OPERATION_CONTINUES when this process stops first
   */
  run(
    method: StagingMethod,
    request: StagingRequest,
    operation: Operation,
    signal?: AbortSignal,
  ): Promise<Staged | undefined>;
  /** Submits recorded QUEUED operations. Their results are only in their records. */
  submit(operations: readonly QueuedOperation[]): void;
  /**
   * Aborts an operation that runs or is queued here, or is unclaimed: it is recorded as aborted. Resolves when that is
   * done.
   */
  abort(id: string): Promise<void>;
  /** Removes submitted operations from the queue, because they have ended according to their records. */
  forget(ids: readonly string[]): void;
  /**
   * Stops all operations that run here now, or that only this process could run: they are recorded as interrupted, or
   * released. Others stay queued. Resolves when that is done.
   */
  interrupt(): Promise<void>;
  /** Resolves when nothing runs or is queued here. */
  whenIdle(): Promise<void>;
  /** The operations that are queued here, by method. */
  queues(): readonly QueueState[];
  /** Starts no further operations, gives running ones some time to end, in ms, then interrupts them. */
  shutDown(timeoutMs: number): Promise<void>;
}

/** Finds the method of a name among those that run without their client. @throws StagingError NOT_RETRYABLE */
export type FindMethod = (name: StagingMethodName) => Promise<StagingMethod>;

/** Whether an operation runs where it was requested: it needs the client's connection, or a token that is never stored. */
export function runsWhereRequested(method: StagingMethod, request: StagingRequest): boolean {
  return method.isPacedByClient || hasTokenOfCaller(request);
}

/** Whether a request has a token of its caller, which is never stored. */
export function hasTokenOfCaller({ jupyterToken, source }: StagingRequest): boolean {
  return jupyterToken !== undefined || (isDid(source) && source.token !== undefined);
}

/** Finds the only method of a function. */
export function onlyMethod(method: StagingMethod): FindMethod {
  return async (name) => {
    if (name === method.name) return method;
    throw new StagingError('NOT_RETRYABLE', { reason: `this function stages only by ${method.name}` });
  };
}
