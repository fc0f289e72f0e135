import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { OperationWatch } from '../record/operationWatch.ts';
import type { LeftoverRemover } from '../staging/leftovers.ts';
import type { Executor, FindMethod } from './executor.ts';
import type { QueueRecovery } from './recovery.ts';

/** What executors are made of that hand operations over, or take up what others have handed over. */
export interface ExecutorServices {
  readonly config: Config;
  readonly logger: Logger;
  readonly operations: OperationRecord;
  readonly operationWatch: OperationWatch;
  /** The executor of this process, which runs what only this process can. */
  readonly executor: Executor;
  readonly findMethod: FindMethod;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  /** Registers what closes something at the end. What was made last is closed first. */
  atShutDown(close: () => Promise<void>): void;
}

/** A queue that is open. */
export interface OpenQueue {
  readonly executor: Executor;
  readonly state: WorkerQueue;
  readonly recovery: QueueRecovery;
}

/** How many operations wait in the queue, and how many workers have taken. */
export interface QueueCounts {
  readonly waiting: number;
  readonly taken: number;
}

/** The queue that workers take operations from, as far as its state may be asked for. */
export interface WorkerQueue {
  /** Rejects when it does not answer. */
  ping(): Promise<unknown>;
  /** Rejects within seconds when it does not answer. */
  counts(): Promise<QueueCounts>;
}
