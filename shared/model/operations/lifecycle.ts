// What is recorded of an operation from its request to its end.

import type { ErrorCode } from '../../errors/errorTable.ts';
import type { Digests, Operation, Outcome } from '../operation.ts';

/** The properties of a request before any processing. Texts of any length; the record truncates them. */
export interface NewOperation
  extends Pick<Operation, 'method' | 'username' | 'localPathOnStorage' | 'relativePath' | 'requestId'>,
    Partial<
      Pick<Operation, 'actor' | 'tokenOf' | 'expectedDigests' | 'lifetimeSeconds' | 'replicate' | 'runId'>
    > {
  /** Set if the id is needed before the record is written. */
  readonly id?: string;
  /**
   * By default QUEUED. PENDING waits for its client, without an owner; EXECUTING already has a slot, and starts when it
   * is recorded.
   */
  readonly phase?: 'PENDING' | 'QUEUED' | 'EXECUTING';
  /** Whether only this process can run it: then no other process may claim it, even while it is QUEUED. */
  readonly isOwn?: boolean;
}

/** A request with its client's Idempotency-Key. */
export interface KeyedOperation extends NewOperation {
  readonly username: string;
  readonly idempotencyKey: string;
}

/** The progress of an operation. */
export type OperationProgress = Partial<
  Pick<Operation, 'bytesTotal' | 'bytesDone' | 'filesTotal' | 'filesDone'>
>;

/** The result of an operation that succeeded. */
export interface Completion
  extends OperationProgress,
    Partial<Pick<Operation, 'sourceEtag' | 'present' | 'sourceLocation' | 'linkType' | 'expiresAt'>>,
    Partial<Pick<Operation, 'targetInode' | 'targetKey' | 'targetEtag'>> {
  readonly outcome: Outcome | null;
  readonly location?: string;
  readonly digests?: Digests;
}

/** The result of the last step of a transfer. */
export interface Published {
  readonly outcome: Outcome;
  /** The device and inode of a file or folder in a user area, as `device:inode`. */
  readonly inode?: string;
  /** The target's identity of it (see `StagingTarget`); undefined if it cannot be distinguished from others. */
  readonly identity?: string;
  /** The current version of the data in a user area: of a file, or of all files of a folder. */
  readonly etag?: string;
}

/** The error of an operation that failed. */
export interface Failure extends OperationProgress {
  readonly phase: 'ERROR' | 'ABORTED';
  readonly errorCode: ErrorCode;
  readonly errorReason: string;
}

/** That an operation has changed. */
export interface OperationChange {
  readonly id: string;
  readonly revision: number;
  readonly updatedAt: Date;
}
