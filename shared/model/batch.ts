import type { ErrorCode } from '../errors/errorTable.ts';
import type { Digests, Operation, Phase } from './operation.ts';

/** Many operations that were asked for in one request, by one method for one user: one row of `batches`, kept for ever. */
export interface Batch {
  /** A UUID of version 7. The operation that publishes an all-or-nothing batch has the same id. */
  readonly id: string;
  /**
   * PENDING while the request is received; QUEUED as long as operations of it are unfinished, whether they run or not;
   * then how it ended: ERROR when any operation failed, else ABORTED when any was aborted, else COMPLETED.
   */
  readonly phase: Phase;
  readonly method: string | null;
  readonly username: string | null;
  /** Whether the data appears in the user area only when every item is whole. */
  readonly allOrNothing: boolean;
  /** The source directory whose files are the items; null when the request listed them. */
  readonly directory: string | null;
  /** The folder that all items lie beneath; null when the request did not say. */
  readonly relativePath: string | null;
  readonly operationsTotal: number;
  /** Why the batch as a whole was refused or failed. */
  readonly errorCode: string | null;
  readonly errorReason: string | null;
  readonly requestId: string | null;
  /** The process that receives it, or puts its operations into the queue. */
  readonly worker: string | null;
  readonly heartbeatAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  /** What the whole request was, by its SHA-256, if it came with an Idempotency-Key and was accepted. */
  readonly requestSha256: string | null;
  /** What became of the operations, as it was when the batch ended. */
  readonly endCounts: BatchCounts;
}

/** What a request for a batch says before its items are read. */
export interface NewBatch {
  readonly method: string | null;
  readonly username: string | null;
  readonly requestId: string | null;
  /** What is unique of the Idempotency-Key, see `idempotencyHash`. */
  readonly idempotencyHash?: string | undefined;
}

/** What is known of a batch when its request has been received whole. */
export interface ReceivedBatch {
  readonly allOrNothing: boolean;
  readonly directory: string | null;
  readonly relativePath: string | null;
  readonly operationsTotal: number;
  readonly requestSha256?: string | undefined;
}

/** One thing to stage of a batch. */
export interface BatchItem {
  readonly localPathOnStorage: string;
  readonly relativePath: string;
  readonly expectedDigests: Digests;
}

/** How many operations of a batch are in each phase, and how many bytes they have. */
export interface BatchCounts {
  readonly phases: Readonly<Record<Phase, number>>;
  readonly alreadyPresent: number;
  readonly bytesTotal: number;
  readonly bytesDone: number;
}

/** One page of batches, newest first. */
export interface BatchPage {
  readonly batches: readonly Batch[];
  readonly nextCursor: string | null;
}

/** Where a page of a batch's operations goes on: after this id in this phase. */
export interface BatchCursor {
  readonly phase: Phase;
  readonly id: string;
}

/** One page of a batch's operations. */
export interface BatchOperationPage {
  readonly operations: readonly Operation[];
  readonly next: BatchCursor | null;
}

/** How all operations of a batch end that have not ended yet. */
export type BatchEnd =
  | { readonly phase: 'COMPLETED'; readonly outcome: 'staged' | 'already_present' }
  | { readonly phase: 'ERROR' | 'ABORTED'; readonly errorCode: ErrorCode; readonly errorReason: string };

/** The order in which the operations of a batch are shown: what needs somebody first, then what happens now. */
export const batchPhaseOrder = ['ERROR', 'ABORTED', 'EXECUTING', 'QUEUED', 'PENDING', 'COMPLETED'] as const;

/** What the counts of a batch's operations say of the batch; undefined of a batch that is received still. */
export function phaseOfCounts({ phases }: BatchCounts): Phase {
  const begun = phases.EXECUTING + phases.COMPLETED + phases.ERROR + phases.ABORTED;
  if (phases.PENDING + phases.QUEUED + phases.EXECUTING > 0) return begun > 0 ? 'EXECUTING' : 'QUEUED';
  if (phases.ERROR > 0) return 'ERROR';
  return phases.ABORTED > 0 ? 'ABORTED' : 'COMPLETED';
}
