import type { QueuedOperation } from '../record/operationRecord.ts';

/**
 * A bell says that operations wait in the record, to processes that may have a free slot for them. It decides nothing:
 * the process that claims an operation runs it. So a ring may get lost, or come twice: the sweep of the record
 * (`sweep.ts`) rings for what nobody has heard of.
 */
export interface Bell {
  /** Rings for operations that were just queued. Never rejects. */
  ring(operations: readonly QueuedOperation[]): Promise<void>;
  /** Rings for an operation that ran before, ahead of the others, after a delay in ms. Never rejects. */
  ringAgain(operation: QueuedOperation, delayMs?: number): Promise<void>;
  /** Rings for those that nobody has heard of, as far as that is known. @returns for how many */
  ringForMissing(operations: readonly QueuedOperation[]): Promise<number>;
  /** Says that an operation has ended, to processes whose clients wait for that. Never rejects. */
  notifyEnd(id: string): Promise<void>;
  /** Hears nothing more. Resolves when what was heard has been run. */
  close(): Promise<void>;
}

/**
 * How the run of a claimed operation went: `skipped` if another process has claimed it, or it has ended; `advanced` if it
 * was released, and its next attempt begins further on than this one; `waiting` if it was released until a later time.
 */
export type RunEnd = 'ended' | 'released' | 'advanced' | 'waiting' | 'skipped';

/** What hears a bell: an executor. */
export interface Receiver {
  /** Queues operations here, to claim each when it gets a slot. @returns how many were not queued yet */
  offer(operations: readonly QueuedOperation[]): number;
  /** Claims an operation now, and runs it. Rejects only if it could not be claimed. */
  claimAndRun(id: string): Promise<RunEnd>;
}

/** Opens a bell for an executor. */
export type OpenBell = (receiver: Receiver) => Bell;

/** The bell of a process that hears only itself: its own queue, which is fair between users. */
export function openLocalBell({ offer }: Receiver): Bell {
  return {
    ring: async (operations) => void offer(operations),
    // The sweep finds it, if this process serves its method.
    ringAgain: async () => undefined,
    ringForMissing: async (operations) => offer(operations),
    notifyEnd: async () => undefined,
    close: async () => undefined,
  };
}
