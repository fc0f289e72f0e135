import type { Dependencies } from '../service/dependencies.ts';
import type { InterruptedCloser } from '../staging/leftovers.ts';
import type { FindMethod } from './executor.ts';
import type { QueuedSweep } from './recovery.ts';

/** What executors are made of that hand operations over, or take up what others have handed over. */
export interface ExecutorServices extends Dependencies {
  readonly findMethod: FindMethod;
  readonly closers: readonly InterruptedCloser[];
}

/** A queue that is open. */
export interface OpenQueue {
  readonly executor: Dependencies['executor'];
  readonly state: QueueState;
  readonly sweep: QueuedSweep;
}

/** How the queue of workers is. */
export interface QueueState {
  /** Rejects when it does not answer. */
  ping(): Promise<unknown>;
}
