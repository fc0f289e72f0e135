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
import type { Viewer } from '../model/caller.ts';
import type { Digests, LinkType, Operation, Phase } from '../model/operation.ts';
import type { Failure } from '../model/operations/lifecycle.ts';
import type { QueuedOperation } from './queueRecord.ts';

/**
 * The record of batches. Work on many operations is done in bounded steps, each one statement over rows selected by
 * their ids, so that neither memory nor database locks grow with a batch. Every call throws StagingError
 * DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface BatchRecord {
  /** Records that a batch is being received (PENDING), by this worker. */
  create(batch: NewBatch): Promise<Batch>;
  /**
   * Like `create`, unless an earlier request with this Idempotency-Key created a batch: then returns that one. The key
   * of a refused batch may be used again.
   */
  createOnce(batch: NewBatch): Promise<{ readonly batch: Batch; readonly isNew: boolean }>;
  /** Adds items to a batch that is being received, as PENDING operations without an owner. */
  addItems(batch: Batch, items: readonly BatchItem[]): Promise<void>;
  /** Sends the heartbeat of this worker, which receives or queues the batch. */
  heartbeat(id: string): Promise<void>;
  /**
   * PENDING → QUEUED: the batch is now accepted, even if the process that received it dies. For an all-or-nothing
   * batch, also creates the operation that publishes it, still PENDING. False when the batch was aborted, or this
   * worker was considered dead.
   */
  accept(batch: Batch, received: ReceivedBatch): Promise<boolean>;
  /** Removes the operations of a batch that was not accepted. */
  removeItems(id: string): Promise<void>;
  /** PENDING → ERROR or ABORTED, unless it was accepted. */
  refuse(id: string, failure: Failure): Promise<void>;
  /** Makes this worker the owner of a batch whose worker is dead. False when another process did so. */
  claim(batch: Batch): Promise<boolean>;
  /**
   * Makes operations of a batch QUEUED and owned by this worker, in steps: the PENDING ones (`queue`) or failed and
   * aborted ones (`retry`). For an all-or-nothing batch, only the one that publishes it.
   */
  queue(batch: Batch, which: 'queue' | 'retry'): AsyncGenerator<readonly QueuedOperation[]>;
  /** Makes a batch unfinished again when some of its operations are retried. */
  reopen(id: string): Promise<void>;
  /** Ends operations that have not started (PENDING or QUEUED), in steps. Yields these. */
  endWaiting(id: string, end: BatchEnd): AsyncGenerator<readonly string[]>;
  /** Requests the workers of a batch's running operations to abort them; returns these. */
  requestAborts(id: string): Promise<readonly string[]>;
  /** Makes all items of an all-or-nothing batch PENDING again, for a new attempt. */
  resetItems(id: string): Promise<void>;
  /** The next PENDING items of an all-or-nothing batch after this id, in their order. */
  pendingItems(id: string, after: string): Promise<readonly Operation[]>;
  /** Records the results of items that are complete but not published. */
  recordWhole(items: readonly WholeItem[]): Promise<void>;
  /** PENDING → ERROR, of one item of an all-or-nothing batch. */
  failItem(id: string, failure: Failure): Promise<void>;
  /** The batch, if the viewer may see it. */
  find(id: string, viewer: Viewer): Promise<Batch | null>;
  counts(id: string): Promise<BatchCounts>;
  /**
   * Records how an accepted batch ended, with the results of its operations, and the error of an all-or-nothing one
   * that failed. Does nothing if it has already ended.
   */
  settle(
    id: string,
    phase: Phase,
    counts: BatchCounts,
    failure?: Pick<Operation, 'errorCode' | 'errorReason'> | null,
  ): Promise<void>;
  /** One page of a batch's operations, in the order of `batchPhaseOrder` and then by the time of the request. */
  listOperations(
    id: string,
    page: {
      readonly limit: number;
      readonly cursor?: BatchCursor | undefined;
      readonly phase?: Phase | undefined;
    },
  ): Promise<BatchOperationPage>;
  /** One page, newest first. @throws BODY_INVALID for an invalid cursor */
  list(
    filter: { readonly username?: string | undefined },
    page: { readonly limit: number; readonly cursor?: string | undefined },
    viewer: Viewer,
  ): Promise<BatchPage>;
  /** Unfinished batches, oldest first; at most 1000. */
  findUnfinished(): Promise<readonly Batch[]>;
  /** Whether the worker of a batch is dead: it ran on this machine and has ended, or its lease has expired. */
  isAbandoned(batch: Batch): boolean;
}

/** A complete item in the part tree of its dataset. */
export interface WholeItem {
  readonly id: string;
  readonly bytes: number;
  readonly digests: Digests;
  readonly linkType: LinkType | null;
}
