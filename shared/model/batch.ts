import type { ErrorCode } from '../errors/errorTable.ts';
import type { Digests, Operation, Phase } from './operation.ts';

/** Many operations requested together, by one method for one user: one row of `batches`, kept permanently. */
export interface Batch {
  /** A UUID of version 7. The operation that publishes an all-or-nothing batch has the same id. */
  readonly id: string;
  /**
   * PENDING while the request is received; QUEUED while operations of it are unfinished, running or not; then its
   * result: ERROR if any operation failed, else ABORTED if any was aborted, else COMPLETED.
   */
  readonly phase: Phase;
  readonly method: string | null;
  readonly username: string | null;
  /** The requester, if that is not the batch's user. */
  readonly actor: string | null;
  /** Whether the data appears in the user area only when every item is complete. */
  readonly allOrNothing: boolean;
  /** The source directory whose files are the items; null when the request listed them. */
  readonly directory: string | null;
  /** The folder that contains all items; null if the request did not give one. */
  readonly relativePath: string | null;
  readonly operationsTotal: number;
  /** Why the batch as a whole was refused or failed. */
  readonly errorCode: string | null;
  readonly errorReason: string | null;
  readonly requestId: string | null;
  /** The process that receives it, or queues its operations. */
  readonly worker: string | null;
  readonly heartbeatAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  /** The SHA-256 of the whole request, if it had an Idempotency-Key and was accepted. */
  readonly requestSha256: string | null;
  /** The results of the operations at the end of the batch. */
  readonly endCounts: BatchCounts;
}

/** The part of a request for a batch before its items. */
export interface NewBatch
  extends Pick<Batch, 'method' | 'username' | 'requestId'>,
    Partial<Pick<Batch, 'actor'>> {
  /** The hash of the Idempotency-Key, see `idempotencyHash`. */
  readonly idempotencyHash?: string | undefined;
}

/** The properties of a batch that are known when its request has been received completely. */
export interface ReceivedBatch
  extends Pick<Batch, 'allOrNothing' | 'directory' | 'relativePath' | 'operationsTotal'> {
  /** Of all its items. */
  readonly lifetimeSeconds?: number | null;
  readonly requestSha256?: string | undefined;
}

/** One item of a batch. */
export interface BatchItem {
  readonly localPathOnStorage: string;
  readonly relativePath: string;
  readonly expectedDigests: Digests;
  readonly lifetimeSeconds?: number | null;
  readonly replicate?: boolean;
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

/** Where a page of a batch's operations continues: after this id in this phase. */
export interface BatchCursor {
  readonly phase: Phase;
  readonly id: string;
}

/** One page of a batch's operations. */
export interface BatchOperationPage {
  readonly operations: readonly Operation[];
  readonly next: BatchCursor | null;
}

/** The end of all unfinished operations of a batch. */
export type BatchEnd =
  | { readonly phase: 'COMPLETED'; readonly outcome: 'staged' | 'already_present' }
  | { readonly phase: 'ERROR' | 'ABORTED'; readonly errorCode: ErrorCode; readonly errorReason: string };

/** The order in which the operations of a batch are shown: those that need attention first, then running ones. */
export const batchPhaseOrder = ['ERROR', 'ABORTED', 'EXECUTING', 'QUEUED', 'PENDING', 'COMPLETED'] as const;

/** The phase of a batch by the counts of its operations; undefined while the batch is still being received. */
export function phaseOfCounts({ phases }: BatchCounts): Phase {
  const begun = phases.EXECUTING + phases.COMPLETED + phases.ERROR + phases.ABORTED;
  if (phases.PENDING + phases.QUEUED + phases.EXECUTING > 0) return begun > 0 ? 'EXECUTING' : 'QUEUED';
  if (phases.ERROR > 0) return 'ERROR';
  return phases.ABORTED > 0 ? 'ABORTED' : 'COMPLETED';
}
