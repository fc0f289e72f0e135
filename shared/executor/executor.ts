import { StagingError } from '../errors/stagingError.ts';
import type { StagingMethodName } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import type { StagingMethod, StagingRequest } from '../staging/stagingMethod.ts';

/** An operation that ended well. */
export interface Staged {
  readonly operation: Operation;
  /** Where the data is. */
  readonly location: string;
}

/** What waits of one method. */
export interface QueueState {
  readonly method: string;
  /** How many operations wait for their turn. */
  readonly size: number;
  /** When the oldest of them came, by the monotonic clock, in ms; undefined when none waits. */
  readonly oldestQueuedAt: number | undefined;
}

/** What runs operations: this process (`inProcess/`), workers (`bullmq/`), or other invocations (`lambda/`). */
export interface Executor {
  /**
   * Runs a recorded operation to its end and records that.
   * @throws StagingError what the operation failed with; that is recorded then
   */
  run(method: StagingMethod, request: StagingRequest): Promise<Staged>;
  /** Takes recorded operations that are QUEUED, to run each in its turn. How they end is told by their records alone. */
  submit(operations: readonly Operation[]): void;
  /** Stops an operation that runs or waits here: it is recorded as aborted. Resolves when it has ended, if it is here. */
  abort(id: string): Promise<void>;
  /** Drops operations that were submitted and wait, as their records say already that they have ended. */
  forget(ids: readonly string[]): void;
  /** Stops all operations that run or wait now: they are recorded as interrupted. Resolves when that is done. */
  interrupt(): Promise<void>;
  /** Resolves when nothing runs or waits here. */
  whenIdle(): Promise<void>;
  /** What waits for its turn here, by method. */
  queues(): readonly QueueState[];
  /** Lets running operations end for so long, in ms, then interrupts them, and takes no more care of any. */
  shutDown(timeoutMs: number): Promise<void>;
}

/** Finds the method of a name among those that run without their client. @throws StagingError NOT_RETRYABLE */
export type FindMethod = (name: StagingMethodName) => Promise<StagingMethod>;

/** Finds the one method that a function has. */
export function onlyMethod(method: StagingMethod): FindMethod {
  return async (name) => {
    if (name === method.name) return method;
    throw new StagingError('NOT_RETRYABLE', { reason: `this function stages only by ${method.name}` });
  };
}
