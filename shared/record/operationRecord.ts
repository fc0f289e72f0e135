import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type {
  Completion,
  Failure,
  KeyedOperation,
  NewOperation,
  Operation,
  OperationChange,
  OperationFilter,
  OperationPage,
  OperationProgress,
  PageRequest,
  RecordSummary,
} from '../model/operation.ts';
import type { BatchRecord } from './batchRecord.ts';

/** How many interrupted operations are found at once. */
export const maxInterrupted = 1000;

/**
 * The record of operations.
 * Every call throws StagingError DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface OperationRecord extends QueueRecord {
  /** Many operations asked for together. */
  readonly batches: BatchRecord;
  /** Records a request as QUEUED, owned by this worker, before anything is done for it; or as PENDING, if it says so. */
  create(operation: NewOperation): Promise<Operation>;
  /**
   * Records a request that its client has given a key, or finds what was recorded of the first one with that key: of
   * many at once, in any processes, one is recorded. @throws IDEMPOTENCY_KEY_REUSED when that was another request
   */
  createOnce(operation: KeyedOperation): Promise<{ readonly operation: Operation; readonly isNew: boolean }>;
  /** Changes what a PENDING operation asks for; returns the operation as it then is. */
  revise(id: string, operation: NewOperation): Promise<Operation>;
  /** PENDING → QUEUED, owned by this worker. False when it is not PENDING, or no more. */
  begin(id: string): Promise<boolean>;
  /** PENDING → ABORTED. False when it is not PENDING, or no more. */
  abortPending(id: string): Promise<boolean>;
  /** Says when an operation shall be aborted if it still goes on, and be no UWS job any more; null: never. */
  setDestruction(id: string, at: Date | null): Promise<void>;
  /** QUEUED → EXECUTING. */
  start(id: string): Promise<Operation>;
  /** Writes down how far this worker's unfinished operations have come: one statement for up to 500 of them. */
  recordProgress(progress: ReadonlyMap<string, OperationProgress>): Promise<void>;
  /**
   * Writes down how far this worker's unfinished operations have come, and that the worker lives. Of those that are not
   * named some are given a sign of life, too: all that a worker owns lives while any of it is heard of.
   */
  heartbeat(progress: ReadonlyMap<string, OperationProgress>): Promise<void>;
  /**
   * Whether the operation is still EXECUTING and this worker's. It is not when somebody closed it in the meantime,
   * as others do with operations whose worker seems dead; what it made must then not be published.
   */
  isOwned(id: string): Promise<boolean>;
  /** What is promised on the file system of that name. */
  readReservations(space: string): Promise<KnownReservations>;
  /**
   * Promises space to an operation of this worker for as long as it is EXECUTING. False when another promise on that
   * file system has the number already. @throws INTERRUPTED when the operation is not this worker's, or not EXECUTING
   */
  recordReservation(id: string, reservation: Reservation): Promise<boolean>;
  /** → COMPLETED. Only an unfinished operation of this worker is changed; returns the operation as it then is. */
  complete(id: string, completion: Completion): Promise<Operation>;
  /** → ERROR or ABORTED, in the same way. */
  fail(id: string, failure: Failure): Promise<Operation>;
  /** The same for many at once, in a few statements. Returns those that there are, as they then are. */
  failSome(ids: readonly string[], failure: Failure): Promise<readonly Operation[]>;
  /**
   * Begins a new attempt of an operation in ERROR or ABORTED: it is QUEUED again and this worker's. The caller has
   * seen to it that it can be. Undefined when it is no more as it was read: of many who try at once, one succeeds.
   */
  retry(operation: Operation): Promise<Operation | undefined>;
  /** Notes that an unfinished operation shall be aborted, for the worker that owns it. */
  requestAbort(id: string): Promise<void>;
  /** This worker's unfinished operations that shall be aborted, as was asked since the last look or shortly before it, or as their destruction is due; up to 1000. */
  findAbortRequests(): Promise<readonly Operation[]>;
  find(id: string): Promise<Operation | null>;
  /** Those of the operations that there are, in any order; 500 in one statement. */
  findSome(ids: readonly string[]): Promise<readonly Operation[]>;
  /**
   * The operations that have changed since a time, by the time of their last change (`updatedAt`) and then their id:
   * those after this place, so many of them. Signs of life are no changes.
   */
  findChanges(
    after: { readonly time: Date; readonly id: string },
    limit: number,
  ): Promise<readonly OperationChange[]>;
  /** Calls the listener whenever this process has written an operation's phase; returns what ends that. */
  onPhase(listener: (operation: Operation) => void): () => void;
  /**
   * One page, by keyset. With a text to look for, or when what a filter lets through is sorted by a value, it looks at a
   * bounded number of rows, so that it may have fewer operations than its limit, or none, and still be followed by
   * another page. Operations whose value changes meanwhile may be missed or come twice; others are not.
   * @throws BODY_INVALID for a bad cursor
   */
  list(filter: OperationFilter, page: PageRequest): Promise<OperationPage>;
  /** What became of the operations since a time. The work is bounded, however long the record is. */
  summarize(since: Date): Promise<RecordSummary>;
  /** Digests that were computed of exactly this version of a source, by the newest operation that knows them. */
  findDigests(sourceEtag: string): Promise<Partial<Record<DigestAlgorithm, string>>>;
  /**
   * Unfinished operations whose worker is gone: it ran on this machine and is dead, or is silent for longer than its
   * lease. Those in the queue are not meant, as they have no worker. Up to 1000.
   */
  findInterrupted(): Promise<readonly Operation[]>;
  /**
   * Closes an operation that nobody runs, as ERROR INTERRUPTED if not told otherwise: its worker is gone, or it is in the
   * queue. False when somebody else did, its worker came back, or somebody has claimed it.
   */
  closeInterrupted(operation: Operation, failure?: Failure): Promise<boolean>;
  /** Whether the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What the record offers to processes that share operations: one that is QUEUED and owned by nobody is in the queue,
 * and belongs to the worker that claims it.
 */
export interface QueueRecord {
  /** Gives unfinished operations of this worker to whoever claims them. Those that are not its own stay as they are. */
  release(ids: readonly string[]): Promise<void>;
  /**
   * Begins a new attempt of an operation in the queue, which is EXECUTING and this worker's then: of all who claim it,
   * one gets it. Null for the others. An answer that was lost may be asked for again.
   */
  claim(id: string): Promise<Operation | null>;
  /** Puts an operation back whose worker has died, and counts that. False when somebody else did, or the worker came back. */
  requeue(operation: Operation): Promise<boolean>;
  /** Operations in the queue, by the order of their ids. */
  findQueued(page: QueuePage): Promise<readonly Operation[]>;
}

/** Which operations of the queue to read: in the order of their ids, after one of them. */
interface QueuePage {
  readonly after: string;
  /** Only those that came into the queue, or came back to it, before this time. */
  readonly before: Date;
  readonly limit: number;
}

/** What the record says of the promises of space on one file system. */
export interface KnownReservations {
  /** The number of the last promise that anybody made; 0 before the first. */
  readonly lastNumber: number;
  /** What running operations of other workers were promised and have not written, as far as they have told. */
  readonly othersBytes: number;
}

/** A promise of space, as it is recorded. */
export interface Reservation {
  /** The name of the file system. */
  readonly space: string;
  readonly number: number;
  readonly bytes: number;
  /** What the operation had written before. */
  readonly bytesDone: number;
}
