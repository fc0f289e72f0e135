import type { OperationRecord } from '../record/operationRecord.ts';
import type { QueuedOperation } from '../record/queueRecord.ts';

/**
 * A bell notifies processes that may have a free slot of operations that are queued in the record. It is best effort:
 * claiming decides which process runs an operation, so a notification may be lost or duplicated. The sweep of the
 * record repeats lost ones.
 */
export interface Bell {
  /** Rings for operations that were just queued. Never rejects. */
  ring(operations: readonly QueuedOperation[]): Promise<void>;
  /** Rings for an operation that was released, ahead of the others, after a delay in ms. Never rejects. */
  ringAgain(operation: QueuedOperation, delayMs?: number): Promise<void>;
  /** Rings again for queued operations whose notification was lost, as far as that is known. @returns their number */
  ringForMissing(operations: readonly QueuedOperation[]): Promise<number>;
  /** Announces that an operation has ended, to processes with clients that wait for it. Never rejects. */
  notifyEnd(id: string): Promise<void>;
  /** Stops listening. Resolves when the operations already taken have ended. */
  close(): Promise<void>;
}

/**
 * The result of a run: `skipped` if another process has claimed the operation, or it has ended; `advanced` if it was
 * released, and its next attempt begins further on than this one; `waiting` if it was released until a later time.
 */
export type RunEnd = 'ended' | 'released' | 'advanced' | 'waiting' | 'skipped';

/** A listener of a bell: an executor. */
export interface Receiver {
  /** Queues operations here, and claims each when it gets a slot. @returns how many were not queued yet */
  offer(operations: readonly QueuedOperation[]): number;
  /** Claims an operation now, and runs it. Rejects only if it could not be claimed. */
  claimAndRun(id: string): Promise<RunEnd>;
}

/** Opens a bell for an executor. */
export type OpenBell = (receiver: Receiver) => Bell;

/** The bell of a process that notifies only itself: its own queue, which is fair between users. */
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

interface SweepServices {
  readonly operations: Pick<OperationRecord, 'findQueued'>;
  readonly bell: Pick<Bell, 'ringForMissing'>;
  /** The page size. */
  readonly pageRows: number;
  /** How long an operation is queued before this process rings for it again, in ms. */
  readonly settledMs: number;
  /** Whether the listeners of the bell run operations of a method. */
  isServed(method: string | null): boolean | Promise<boolean>;
}

/**
 * Creates the sweep, which rings for queued operations without a pending notification: their process was stopped, or
 * their notification was lost. Each call reads one page, cyclically from the oldest to the newest, and reads further
 * pages while it finds such operations.
 * @returns a function that sweeps once; operations queued for less than the given ms are skipped
 */
export function createSweep({ operations, bell, pageRows, settledMs, isServed }: SweepServices) {
  let after = '';
  const sweepPage = async (waitedMs: number) => {
    const before = new Date(Date.now() - waitedMs);
    const page = await operations.findQueued({ after, before, limit: pageRows });
    after = page.length < pageRows ? '' : (page.at(-1)?.id ?? '');
    const served = await Promise.all(page.map(({ method }) => isServed(method)));
    const found = page.filter((_, index) => served[index]);
    const missing = found.length === 0 ? 0 : await bell.ringForMissing(found);
    return missing > 0 && after !== '';
  };
  return async (waitedMs = settledMs) => {
    while (await sweepPage(waitedMs));
  };
}
