import type { Operation } from '../model/operation.ts';
import type { Patience } from './database/query.ts';

/** The queue that processes share: a QUEUED operation without an owner is in it, until a worker claims it. */
export interface QueueRecord {
  /** Releases unfinished operations of this worker to any other. Others are not changed. */
  release(ids: readonly string[]): Promise<void>;
  /**
   * Releases an operation of this worker that waits for something other than a slot: it has no owner, and is not found
   * in the queue before a time. This does not count as an attempt.
   */
  wait(id: string, wait: Wait): Promise<void>;
  /**
   * Claims an operation that is QUEUED without an owner, or this worker's own: starts a new attempt, EXECUTING and
   * owned by this worker. Of several workers one succeeds, the others get null. If the answer was lost, the call may be
   * repeated.
   */
  claim(id: string, patience?: Patience): Promise<Operation | null>;
  /**
   * The same for up to 500 operations in one statement; returns the ids of those that this worker has claimed. They are
   * EXECUTING without a start time, so that they return to the queue if the worker dies.
   */
  claimSome(ids: readonly string[], patience?: Patience): Promise<readonly string[]>;
  /** Starts one of them; null when it is no longer this worker's. Needs no statement: its end records the start, too. */
  startClaimed(id: string, patience?: Patience): Promise<Operation | null>;
  /** Records the start of those that have run for a second. */
  recordStarts(): Promise<void>;
  /** Returns those that have not been started to the queue, as if they had not been claimed. */
  returnClaims(ids: readonly string[]): Promise<void>;
  /**
   * Returns an operation of a dead worker to the queue, and counts the death. False when another process did so, or the
   * worker recovered.
   */
  requeue(operation: Operation): Promise<boolean>;
  /** Operations in the queue, in the order of their ids. */
  findQueued(page: QueuePage): Promise<readonly QueuedOperation[]>;
}

/** An operation in the queue, with the properties that scheduling needs. */
export type QueuedOperation = Pick<Operation, 'id' | 'method' | 'username' | 'attempts'>;

/** Which operations of the queue to read: in the order of their ids, after one of them. */
interface QueuePage {
  readonly after: string;
  /** Only those that entered or re-entered the queue before this time. */
  readonly before: Date;
  readonly limit: number;
}

/** What an operation waits for, and when to check again. */
export interface Wait {
  readonly until: Date;
  /** For display. */
  readonly reason: string;
}

/** The rules at Rucio that operations need. One rule may serve several operations. */
export interface RuleRecord {
  /** Records that this worker's operation needs a rule. */
  recordRule(id: string, ruleId: string): Promise<void>;
  /**
   * Rules that operations no longer need, because these have failed, or their data was removed or copied; up to 100.
   */
  findUnneededRules(): Promise<readonly NeededRule[]>;
  /** Whether any operation needs a rule. */
  isRuleNeeded(ruleId: string): Promise<boolean>;
  /** Clears the rule of an operation that no longer needs it. */
  forgetRule(operation: NeededRule): Promise<void>;
}

/** An operation and its rule. */
export interface NeededRule {
  readonly id: string;
  readonly ruleId: string;
}
