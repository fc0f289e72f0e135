// How lists of operations are requested, and what they contain.

import type { DataState, Operation, Phase } from '../operation.ts';

/** Filters of a list of operations; all of them must match. */
export interface OperationFilter {
  readonly phase?: Phase | undefined;
  readonly method?: string | undefined;
  readonly username?: string | undefined;
  /** Only items of this batch. */
  readonly batch?: string | undefined;
  /** Only operations whose data is in this recorded state. */
  readonly data?: DataState | undefined;
  /** Only operations requested at this time or later. */
  readonly since?: Date | undefined;
  /** Only operations whose destruction is not due by then. */
  readonly notDestroyedBy?: Date | undefined;
  /** Only operations requested before this time. */
  readonly until?: Date | undefined;
  /** Only operations with this text in the user's name or in a path; the letters A to Z match either case. */
  readonly text?: string | undefined;
}

/**
 * By the time of the request, as the ids sort; by `bytesTotal`; or by the time from start to end. Operations without
 * size or duration come last.
 */
export const pageOrders = ['newest', 'oldest', 'largest', 'smallest', 'longest', 'shortest'] as const;

export type PageOrder = (typeof pageOrders)[number];

/** Which page of a list. */
export interface PageRequest {
  /** The maximum number of operations. */
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Default: newest first. */
  readonly order?: PageOrder | undefined;
}

/** One page of operations. `nextCursor` is null on the last page. */
export interface OperationPage {
  readonly operations: readonly Operation[];
  readonly nextCursor: string | null;
  /** In a list by size or duration of very many: only those requested at this time or later are in it. */
  readonly sortedSince: Date | null;
}

/** The results of operations since a time, and the current queue. */
export interface RecordSummary {
  /** The start of the counted period: later than requested if there are too many operations. */
  readonly since: Date;
  readonly ended: readonly EndedCount[];
  /** How long the newest operations of each method took from their start, in seconds. */
  readonly durations: ReadonlyMap<string, readonly number[]>;
  readonly queued: number;
  readonly executing: number;
  readonly oldestQueuedAt: Date | null;
}

/** How many operations of a method, requested in an hour, ended in a phase. */
export interface EndedCount {
  readonly hour: Date;
  /** Null if it is not one of our methods. */
  readonly method: string | null;
  readonly phase: Phase;
  readonly operations: number;
  readonly bytes: number;
}
