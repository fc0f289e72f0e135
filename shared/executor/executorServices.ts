import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { OperationWatch } from '../record/operationWatch.ts';
import type { LeftoverRemover } from '../staging/leftovers.ts';
import type { Executor, FindMethod } from './executor.ts';
import type { QueueRecovery } from './recovery.ts';

/** What executors are made of that pass operations to other processes, or claim them. */
export interface ExecutorServices {
  readonly config: Config;
  readonly logger: Logger;
  readonly operations: OperationRecord;
  readonly operationWatch: OperationWatch;
  /** The executor of this process, for what only this process can run. */
  readonly executor: Executor;
  readonly findMethod: FindMethod;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  /** Registers a function that closes something at the end. What was created last is closed first. */
  atShutDown(close: () => Promise<void>): void;
}

/** An open queue. */
export interface OpenQueue {
  readonly executor: Executor;
  readonly state: WorkerQueue;
  readonly recovery: QueueRecovery;
}

/** How many operations wait in the queue, and how many are taken by workers. */
export interface QueueCounts {
  readonly waiting: number;
  readonly taken: number;
}

/** The state of the queue that workers take operations from. */
export interface WorkerQueue {
  /** Rejects when Redis does not answer. */
  ping(): Promise<unknown>;
  /** Rejects within seconds when Redis does not answer. */
  counts(): Promise<QueueCounts>;
}
