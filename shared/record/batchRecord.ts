import type {
  Batch,
  BatchCounts,
  BatchCursor,
  BatchEnd,
  BatchItem,
  BatchOperationPage,
  BatchPage,
  NewBatch,
  ReceivedBatch,
} from '../model/batch.ts';
import type { Digests, Failure, LinkType, Operation, Phase } from '../model/operation.ts';

/**
 * The record of batches. What concerns many operations goes in bounded steps, each one statement over rows that are
 * named by their ids, so that neither memory nor a lock of the database grows with a batch.
 * Every call throws StagingError DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface BatchRecord {
  /** Records that a batch is being received (PENDING), by this worker. */
  create(batch: NewBatch): Promise<Batch>;
  /**
   * As `create`, unless a request with this Idempotency-Key made a batch before: then that one. The key of a batch that
   * is refused is free again.
   */
  createOnce(batch: NewBatch): Promise<{ readonly batch: Batch; readonly isNew: boolean }>;
  /** Adds items to a batch that is being received, as operations that are PENDING and that nobody owns. */
  addItems(batch: Batch, items: readonly BatchItem[]): Promise<void>;
  /** Says that this worker lives, which receives or queues the batch. */
  heartbeat(id: string): Promise<void>;
  /**
   * PENDING → QUEUED: from this moment on the batch is asked for, whatever happens to who received it.
   * Of an all-or-nothing batch, also makes the operation that publishes it, which is PENDING still.
   * False when the batch was aborted, or somebody took this worker for dead.
   */
  accept(batch: Batch, received: ReceivedBatch): Promise<boolean>;
  /** Removes the operations of a batch that was not accepted. */
  removeItems(id: string): Promise<void>;
  /** PENDING → ERROR or ABORTED, unless it was accepted. */
  refuse(id: string, failure: Failure): Promise<void>;
  /** Makes a batch this worker's whose worker is gone. False when somebody else did. */
  claim(batch: Batch): Promise<boolean>;
  /**
   * Operations of a batch that shall run, now QUEUED and this worker's, some at a time: those that are PENDING (`queue`)
   * or that have failed or were aborted (`retry`). Of an all-or-nothing batch it is the one that publishes it.
   */
  queue(batch: Batch, which: 'queue' | 'retry'): AsyncGenerator<readonly Operation[]>;
  /** Notes that a batch goes on, as some of its operations are tried again. */
  reopen(id: string): Promise<void>;
  /** Ends operations that have not begun (PENDING or QUEUED), some at a time. Yields which those were. */
  endWaiting(id: string, end: BatchEnd): AsyncGenerator<readonly string[]>;
  /** Notes for their workers that the running operations of a batch shall be aborted; returns which those are. */
  requestAborts(id: string): Promise<readonly string[]>;
  /** Makes all items of an all-or-nothing batch PENDING again, as it begins anew. */
  resetItems(id: string): Promise<void>;
  /** The next PENDING items of an all-or-nothing batch after this id, in their order. */
  pendingItems(id: string, after: string): Promise<readonly Operation[]>;
  /** Writes down what is known of items that are whole, but not published. */
  recordWhole(items: readonly WholeItem[]): Promise<void>;
  /** PENDING → ERROR, of one item of an all-or-nothing batch. */
  failItem(id: string, failure: Failure): Promise<void>;
  find(id: string): Promise<Batch | null>;
  counts(id: string): Promise<BatchCounts>;
  /**
   * Records how an accepted batch ended, and what became of its operations; also why, of an all-or-nothing one that
   * failed. Does nothing when it has ended already.
   */
  settle(
    id: string,
    phase: Phase,
    counts: BatchCounts,
    failure?: Pick<Operation, 'errorCode' | 'errorReason'> | null,
  ): Promise<void>;
  /** One page of a batch's operations, in the order of `batchPhaseOrder` and then of the request. */
  listOperations(
    id: string,
    page: {
      readonly limit: number;
      readonly cursor?: BatchCursor | undefined;
      readonly phase?: Phase | undefined;
    },
  ): Promise<BatchOperationPage>;
  /** One page, newest first. @throws BODY_INVALID for a bad cursor */
  list(
    filter: { readonly username?: string | undefined },
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<BatchPage>;
  /** Batches that have not ended, oldest first; at most 1000. */
  findUnfinished(): Promise<readonly Batch[]>;
  /** Whether the worker of a batch is gone: it ran on this machine and is dead, or is silent for longer than its lease. */
  isAbandoned(batch: Batch): boolean;
}

/** An item that lies whole in the part tree of its dataset. */
export interface WholeItem {
  readonly id: string;
  readonly bytes: number;
  readonly digests: Digests;
  readonly linkType: LinkType | null;
}
