// The record keeps one permanent row for each request, and decides which worker owns an operation. Each change is one
// conditional statement, so it holds across processes and crashes. Other rooms import only from this folder; the
// folders in it are internal.

import type { Viewer } from '../model/caller.ts';
import type { Digests, Operation } from '../model/operation.ts';
import type {
  Completion,
  Failure,
  KeyedOperation,
  NewOperation,
  OperationChange,
  OperationProgress,
} from '../model/operations/lifecycle.ts';
import type {
  OperationFilter,
  OperationPage,
  PageRequest,
  RecordSummary,
} from '../model/operations/lists.ts';
import type { BatchRecord } from './batchRecord.ts';
import type { Patience } from './database/query.ts';
import type { AccountRecord, SessionRecord } from './identityRecord.ts';
import type { QueueRecord, RuleRecord } from './queueRecord.ts';
import type { RemovalRecord } from './removalRecord.ts';

/** An observer of the operations of a process. */
export interface OperationObserver {
  /** It runs in this process from now on. */
  started(operation: Operation): void;
  /** Its end is recorded. Called once for each attempt, by the process that ended it. */
  ended(operation: Operation): void;
  /** This process has finished with the operation, whether its end could be recorded or not. */
  left(id: string): void;
  /** The database did not answer. */
  databaseUnavailable(): void;
}

/** How many interrupted operations are returned at a time. */
export const maxInterrupted = 1000;

/** An operation that runs while it is being recorded. */
export interface StartedOperation {
  readonly operation: Operation;
  /** Rejects when it could not be recorded. */
  readonly recorded: Promise<void>;
}

/**
 * The record of operations: one row for each request, kept permanently. A worker changes only operations that it owns,
 * and each change is one statement, so that of several processes one succeeds. Every call throws StagingError
 * DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface OperationRecord extends QueueRecord, RemovalRecord, RuleRecord {
  /** Many operations requested together. */
  readonly batches: BatchRecord;
  readonly accounts: AccountRecord;
  readonly sessions: SessionRecord;
  /** Records a request before anything is done for it: as QUEUED, unless it has another phase. */
  create(operation: NewOperation): Promise<Operation>;
  /**
   * Records an operation as EXECUTING while it already runs: `isOwned`, and the calls that end it, wait until it is
   * recorded.
   */
  start(operation: NewOperation): StartedOperation;
  /**
   * Records a request with an Idempotency-Key, or finds the operation of the first request with that key: of several
   * concurrent ones, in any processes, one is recorded. @throws IDEMPOTENCY_KEY_REUSED when that was a different
   * request
   */
  createOnce(operation: KeyedOperation): Promise<{ readonly operation: Operation; readonly isNew: boolean }>;
  /** Changes the parameters of a PENDING operation; returns the new state. */
  revise(id: string, operation: NewOperation): Promise<Operation>;
  /** PENDING → QUEUED. False when it is not, or no longer, PENDING. */
  begin(id: string): Promise<boolean>;
  /** PENDING → ERROR or ABORTED. False when it is not, or no longer, PENDING. */
  endPending(id: string, failure: Failure): Promise<boolean>;
  /** Sets when an operation is aborted if it still runs, and removed from the UWS jobs; null: never. */
  setDestruction(id: string, at: Date | null): Promise<void>;
  /** Records the progress of this worker's unfinished operations: one statement for up to 500 of them. */
  recordProgress(progress: ReadonlyMap<string, OperationProgress>): Promise<void>;
  /**
   * Records the progress of this worker's unfinished operations, and its heartbeat. Some other operations get a
   * heartbeat, too: all operations of a worker count as alive while one of them has a recent heartbeat.
   */
  heartbeat(progress: ReadonlyMap<string, OperationProgress>): Promise<void>;
  /**
   * Whether the operation is still EXECUTING and owned by this worker. It is not if another process closed it because
   * this worker seemed dead; its part must then not be published.
   */
  isOwned(id: string, patience?: Patience): Promise<boolean>;
  /** The reservations on that file system. */
  readReservations(space: string): Promise<KnownReservations>;
  /**
   * Reserves space for an operation of this worker for as long as it is EXECUTING. False when another reservation on
   * that file system already has the number. @throws INTERRUPTED when the operation is not this worker's, or not
   * EXECUTING
   */
  recordReservation(id: string, reservation: Reservation): Promise<boolean>;
  /** → COMPLETED. Changes only an unfinished operation of this worker; returns the new state. */
  complete(id: string, completion: Completion, patience?: Patience): Promise<Operation>;
  /** → ERROR or ABORTED, in the same way. */
  fail(id: string, failure: Failure, patience?: Patience): Promise<Operation>;
  /** The same for many operations, in a few statements. Returns the new states of those that exist. */
  failSome(ids: readonly string[], failure: Failure, patience?: Patience): Promise<readonly Operation[]>;
  /**
   * Starts a new attempt of an operation in ERROR or ABORTED: it is QUEUED again. The caller has checked that it
   * can be retried. Undefined when it has changed since it was read: of several concurrent retries,
   * one succeeds.
   */
  retry(operation: Operation): Promise<Operation | undefined>;
  /** Counts further ranges of a file that the client of a download has read, once the download has ended. */
  recordRanges(id: string, ranges: ReadRanges): Promise<void>;
  /** Requests the owner of an unfinished operation to abort it. */
  requestAbort(id: string): Promise<void>;
  /**
   * This worker's unfinished operations to abort, because that was requested since (or shortly before) the last poll,
   * or because their destruction is due; up to 1000.
   */
  findAbortRequests(): Promise<readonly Operation[]>;
  /** The operation, if the viewer may see it. */
  find(id: string, viewer: Viewer): Promise<Operation | null>;
  /** Those of the operations that exist, for any viewer, in any order; 500 per statement. */
  findSome(ids: readonly string[]): Promise<readonly Operation[]>;
  /**
   * The operations that have changed since a time, by the time of their last change (`updatedAt`) and then their id:
   * those after this position, up to the limit. Heartbeats are not changes.
   */
  findChanges(
    after: { readonly time: Date; readonly id: string },
    limit: number,
  ): Promise<readonly OperationChange[]>;
  /**
   * Notifies an observer of all operations that this process starts and ends from now on, including those refused
   * before they run, so that its counts agree with `list`.
   */
  observe(observer: OperationObserver): void;
  /** Calls the listener whenever this process has written an operation's phase. @returns a function that removes it */
  onPhase(listener: (operation: Operation) => void): () => void;
  /**
   * One page, by keyset. With a text to search, or with filters and a sort by value, it examines a bounded number of
   * rows, so that it may have fewer operations than its limit, or none, and still be followed by another page.
   * Operations whose value changes between pages may be missed or repeated; others are not.
   * @throws BODY_INVALID for an invalid cursor
   */
  list(filter: OperationFilter, page: PageRequest, viewer: Viewer): Promise<OperationPage>;
  /** Whether at least this many operations are QUEUED, of a user or of all, in any process. */
  hasWaiting(count: number, username?: string): Promise<boolean>;
  /**
   * The results of the operations since a time that the viewer may see. The work is bounded, for any length of the
   * record.
   */
  summarize(since: Date, viewer: Viewer): Promise<RecordSummary>;
  /** The known digests of a version of a source. */
  findDigests(version: string): Promise<Digests>;
  /** Stores digests that were computed from the bytes of a version of a source, besides others of that version. */
  addDigests(version: string, digests: Digests): Promise<void>;
  /** The published data with this key (see `Completion`); null if there is none. */
  findPublished(targetKey: string): Promise<PublishedData | null>;
  /**
   * Unfinished operations whose worker is dead: it ran on this machine and has ended, or its lease has expired. Without
   * those in the queue, which have no worker. Up to 1000.
   */
  findInterrupted(): Promise<readonly Operation[]>;
  /**
   * Closes an operation that no process runs, by default as ERROR INTERRUPTED: its worker is dead, or it is in the
   * queue. False when another process did so, its worker recovered, or it was claimed.
   */
  closeInterrupted(operation: Operation, failure?: Failure): Promise<boolean>;
  /** Whether the database is writable. @throws DATABASE_UNAVAILABLE */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The ranges of a file that a client has read by requests that are recorded as one download. */
interface ReadRanges {
  readonly requests: number;
  readonly bytes: number;
  /** When the last of them ended. */
  readonly endedAt: Date;
}

/** Data that an operation has published. */
interface PublishedData {
  /** The version of its source, if known. */
  readonly sourceEtag: string | null;
  readonly linkType: string | null;
}

/** The reservations of space on one file system. */
export interface KnownReservations {
  /** The number of the last reservation of any worker; 0 before the first. */
  readonly lastNumber: number;
  /** The unwritten reservations of other workers' running operations, according to their recorded progress. */
  readonly othersBytes: number;
}

/** A reservation of space, as recorded. */
interface Reservation {
  /** The id of the file system. */
  readonly space: string;
  readonly number: number;
  readonly bytes: number;
  /** The bytes that the operation had written before. */
  readonly bytesDone: number;
}
