import type { ErrorCode } from '../errors/errorTable.ts';
import type { DigestAlgorithm } from './digestAlgorithm.ts';

/** Where an operation stands, in the words of IVOA UWS 1.1 §2.2.3.1. */
export const phases = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED'] as const;

export type Phase = (typeof phases)[number];

/** Whether an operation in this phase can still leave it by itself (UWS 1.1 §2.2.1.1, the active phases). */
export function isUnfinished(phase: Phase): boolean {
  return phase === 'PENDING' || phase === 'QUEUED' || phase === 'EXECUTING';
}

/** Whether something in this phase is at its end, and goes on only when somebody tries it again. */
export function hasEnded({ phase }: { readonly phase: Phase }): boolean {
  return phase === 'COMPLETED' || phase === 'ERROR' || phase === 'ABORTED';
}

/** What a COMPLETED operation did: it staged the data, or found it there. */
export type Outcome = 'staged' | 'already_present';

export type LinkType = 'hard' | 'symbolic';

/** Digests by algorithm, as lower-case hex. */
export type Digests = Partial<Record<DigestAlgorithm, string>>;

/** One request to stage one path for one user by one method: one row of `staging_operations`, kept for ever. */
export interface Operation {
  /** A UUID of version 7, so that ids sort by the time of the request (RFC 9562 §5.7). */
  readonly id: string;
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  /** As the request named it when it is no method of ours; such a request is recorded too. */
  readonly method: string | null;
  readonly username: string | null;
  readonly localPathOnStorage: string | null;
  readonly relativePath: string | null;
  readonly errorCode: string | null;
  readonly errorReason: string | null;
  readonly requestId: string | null;
  readonly bytesTotal: number | null;
  readonly bytesDone: number;
  readonly filesTotal: number | null;
  readonly filesDone: number;
  readonly sha256: string | null;
  readonly adler32: string | null;
  readonly md5: string | null;
  /** Which version of the source was staged: the entity tag of its download. */
  readonly sourceEtag: string | null;
  readonly linkType: LinkType | null;
  readonly attempts: number;
  /** The process that runs the operation. */
  readonly worker: string | null;
  readonly heartbeatAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When somebody first asked to abort it. */
  readonly abortRequestedAt: Date | null;
  /** Digests that the request says the data has. */
  readonly expectedDigests: Digests;
  /** The batch that it is an item of. */
  readonly batchId: string | null;
  /** Its part in an all-or-nothing batch: it publishes the whole, or is an item of that, which never runs by itself. */
  readonly datasetRole: DatasetRole | null;
  /** Where the data is, of a COMPLETED operation. */
  readonly location: string | null;
  /** What a UWS client calls the job, for itself (UWS 1.1 §2.2.1). */
  readonly runId: string | null;
  /** When it shall be aborted if it still goes on, and be no UWS job any more. The record stays. */
  readonly destructionAt: Date | null;
  /** When it last changed, by the clock of who changed it. Null for what has not changed since this is recorded. */
  readonly updatedAt: Date | null;
  /** Counts its changes, whoever made them: of two states of one operation, the one with the greater count is newer. */
  readonly revision: number;
  /** How many workers have died that ran it: each time, another one takes it up. */
  readonly workerDeaths: number;
}

/** That an operation has changed. */
export interface OperationChange {
  readonly id: string;
  readonly revision: number;
  readonly updatedAt: Date;
}

type DatasetRole = 'whole' | 'item';

/** What a request says before anything is done for it. Texts of any length; the repository shortens them to fit. */
export interface NewOperation {
  /** Made before, where something needs it before the record is made. */
  readonly id?: string;
  readonly method: string | null;
  readonly username: string | null;
  readonly localPathOnStorage: string | null;
  readonly relativePath: string | null;
  readonly requestId: string | null;
  readonly expectedDigests?: Digests;
  readonly runId?: string | null;
  /** Whether it waits to be told to run: it is PENDING then, and nobody owns it. */
  readonly isPending?: boolean;
}

/** A request of which its client names the key, so that it may come again. */
export interface KeyedOperation extends NewOperation {
  readonly username: string;
  readonly idempotencyKey: string;
}

/** How far an operation has come. */
export interface OperationProgress {
  readonly bytesTotal?: number | null;
  readonly bytesDone?: number;
  readonly filesTotal?: number | null;
  readonly filesDone?: number;
}

/** How an operation ended well. */
export interface Completion extends OperationProgress {
  readonly outcome: Outcome | null;
  readonly location?: string;
  readonly digests?: Digests;
  readonly sourceEtag?: string | null;
  readonly linkType?: LinkType | null;
}

/** How an operation failed. */
export interface Failure extends OperationProgress {
  readonly phase: 'ERROR' | 'ABORTED';
  readonly errorCode: ErrorCode;
  readonly errorReason: string;
}

/** Which operations to list; all given conditions hold together. */
export interface OperationFilter {
  readonly phase?: Phase | undefined;
  readonly method?: string | undefined;
  readonly username?: string | undefined;
  /** Only items of this batch. */
  readonly batch?: string | undefined;
  /** Only operations asked for at this time or later. */
  readonly since?: Date | undefined;
  /** Only operations whose destruction is not due by then. */
  readonly notDestroyedBy?: Date | undefined;
  /** Only operations asked for before this time. */
  readonly until?: Date | undefined;
  /** Only operations with this text in the user's name or in a path; A to Z are taken for a to z. */
  readonly text?: string | undefined;
}

/**
 * By the time of the request, as the ids sort; by `bytesTotal`; or by the time from start to end. Operations of which
 * size or duration are not known come last.
 */
export const pageOrders = ['newest', 'oldest', 'largest', 'smallest', 'longest', 'shortest'] as const;

export type PageOrder = (typeof pageOrders)[number];

/** Which page of a list. */
export interface PageRequest {
  /** How many operations it may have. */
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** By default the newest come first. */
  readonly order?: PageOrder | undefined;
}

/** One page of operations. `nextCursor` is null on the last page. */
export interface OperationPage {
  readonly operations: readonly Operation[];
  readonly nextCursor: string | null;
}

/** What became of operations since a time, and what waits now. */
export interface RecordSummary {
  /** From when on all that ended is counted: where there is too much, later than asked for. */
  readonly since: Date;
  readonly ended: readonly EndedCount[];
  /** How long the newest operations of each method took, in seconds, from their start. */
  readonly durations: ReadonlyMap<string, readonly number[]>;
  readonly queued: number;
  readonly executing: number;
  readonly oldestQueuedAt: Date | null;
}

/** How many operations of a method that were asked for in an hour have ended in a phase. */
export interface EndedCount {
  readonly hour: Date;
  /** Null for what is no method of ours. */
  readonly method: string | null;
  readonly phase: Phase;
  readonly operations: number;
  readonly bytes: number;
}
