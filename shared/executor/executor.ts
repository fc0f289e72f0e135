// Executors run recorded operations, in this process or in others. They promise that an operation runs at most once at
// a time, that its end is recorded, and that an operation whose worker dies is recovered.

import { StagingError } from '../errors/stagingError.ts';
import type { StagingMethodName } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import type { StagingMethod, StagingRequest } from '../staging/stagingMethod.ts';

/** The result of an operation that succeeded. */
export interface Staged {
  readonly operation: Operation;
  /** Where the data is. */
  readonly location: string;
}

/** A slot that an operation has before it is recorded, so that it is recorded as started. */
export interface Slot {
  /** Runs the operation to its end, like `Executor.run`. */
  run(method: StagingMethod, request: StagingRequest, started: Operation): Promise<Staged>;
  /** Gives the slot back, because the operation was not recorded. */
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

/** What runs operations: this process (`local/`), workers (`bullmq/`), or other invocations (`lambda/`). */
export interface Executor {
  /**
   * Runs a recorded operation to its end and records that.
   * @throws StagingError the operation's error, after it was recorded
   */
  run(method: StagingMethod, request: StagingRequest): Promise<Staged>;
  /** A slot for an operation, if one is free now and no other operation waits for it. */
  takeSlot(method: StagingMethod, request: StagingRequest): Slot | undefined;
  /**
   * Takes recorded operations that are QUEUED, to run each when it gets a slot. Their ends are only in their records.
   */
  submit(operations: readonly Operation[]): void;
  /**
   * Stops an operation that runs or is queued here: it is recorded as aborted. Resolves when it has ended, if it is
   * here.
   */
  abort(id: string): Promise<void>;
  /** Drops submitted operations from the queue, because their records say that they have ended. */
  forget(ids: readonly string[]): void;
  /** Stops all operations that run or are queued now: they are recorded as interrupted. Resolves when that is done. */
  interrupt(): Promise<void>;
  /** Resolves when nothing runs or is queued here. */
  whenIdle(): Promise<void>;
  /** What is queued here, by method. */
  queues(): readonly QueueState[];
  /** Lets running operations end for some time, in ms, then interrupts them, and no longer manages any. */
  shutDown(timeoutMs: number): Promise<void>;
}

/** Finds the method of a name among those that run without their client. @throws StagingError NOT_RETRYABLE */
export type FindMethod = (name: StagingMethodName) => Promise<StagingMethod>;

/** Whether an operation runs where it was requested: it needs the client's connection, or a token that is never stored. */
export function runsWhereRequested(method: StagingMethod, { jupyterToken }: StagingRequest): boolean {
  return method.isPacedByClient || jupyterToken !== undefined;
}

/** Finds the only method of a function. */
export function onlyMethod(method: StagingMethod): FindMethod {
  return async (name) => {
    if (name === method.name) return method;
    throw new StagingError('NOT_RETRYABLE', { reason: `this function stages only by ${method.name}` });
  };
}
