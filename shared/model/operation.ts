import type { DigestAlgorithm } from './digestAlgorithm.ts';

/** The phases of an operation, in the terms of IVOA UWS 1.1 §2.2.3.1. */
export const phases = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED'] as const;

export type Phase = (typeof phases)[number];

/** Whether this phase is final unless the operation is retried (not one of the active phases of UWS 1.1 §2.2.1.1). */
export function hasEnded({ phase }: { readonly phase: Phase }): boolean {
  return phase === 'COMPLETED' || phase === 'ERROR' || phase === 'ABORTED';
}

/** The result of a COMPLETED operation: the data was staged, or already present. */
export type Outcome = 'staged' | 'already_present';

/**
 * How existing data compares with the source: its current version, another version or another source, or unknown,
 * because the record does not know.
 */
export const presentVersions = ['same', 'differs', 'unknown'] as const;

export type PresentVersion = (typeof presentVersions)[number];

/** Why staged data was removed: on request, or at the end of its lifetime. */
export const removalReasons = ['user', 'lifetime'] as const;

export type RemovalReason = (typeof removalReasons)[number];

/**
 * The recorded state of the data that an operation has staged into a user area: present, removed on request, or removed
 * at the end of its lifetime. Only a check of the storage can detect that its user has removed it by other means.
 */
export const dataStates = ['present', 'removed', 'expired'] as const;

export type DataState = (typeof dataStates)[number];

/** The same for an operation, as the database computes it; null if it has no data of its own in a user area. */
export function dataStateOf(operation: Operation): DataState | null {
  if (whyNotStaged(operation) !== undefined) return null;
  if (operation.removedAt === null) return 'present';
  return operation.removalReason === 'lifetime' ? 'expired' : 'removed';
}

/** Why the data at the target is not an operation's own, as part of a sentence; undefined if it is. */
export function whyNotStaged({ phase, outcome, method, datasetRole }: Operation): string | undefined {
  if (method !== 'local_copy' && method !== 'symlink_copy') {
    return 'only local_copy and symlink_copy put data into user areas';
  }
  if (phase !== 'COMPLETED') return `the operation is ${phase}`;
  if (outcome !== 'staged') return 'the data was already present before the operation';
  if (datasetRole === 'item')
    return 'the operation is part of an all-or-nothing batch: use the id of the batch';
  return undefined;
}

export type LinkType = 'hard' | 'symbolic';

type DatasetRole = 'whole' | 'item';

/** Digests by algorithm, as lower-case hex. */
export type Digests = Partial<Record<DigestAlgorithm, string>>;

/** One request to stage one path for one user by one method: one row of `staging_operations`, kept permanently. */
export interface Operation {
  /** A UUID of version 7, so that ids sort by the time of the request (RFC 9562 §5.7). */
  readonly id: string;
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  /** As in the request if it is not one of our methods; such requests are recorded too. */
  readonly method: string | null;
  readonly username: string | null;
  readonly localPathOnStorage: string | null;
  readonly relativePath: string | null;
  readonly errorCode: string | null;
  readonly errorReason: string | null;
  readonly requestId: string | null;
  /** The requester, if that is not the operation's user. */
  readonly actor: string | null;
  /** Whose token at JupyterHub was used; null for the service's. Tokens themselves are never stored. */
  readonly tokenOf: 'caller' | null;
  readonly bytesTotal: number | null;
  readonly bytesDone: number;
  readonly filesTotal: number | null;
  readonly filesDone: number;
  readonly sha256: string | null;
  readonly adler32: string | null;
  readonly md5: string | null;
  /** The version of the source that was staged: the entity tag of its download. */
  readonly sourceEtag: string | null;
  /** For data that was already present. */
  readonly present: PresentVersion | null;
  /** The location of the source, if the request named it by the catalogue. */
  readonly sourceLocation: string | null;
  /** The number of range requests of its client, if there was more than one. */
  readonly rangeRequests: number | null;
  readonly linkType: LinkType | null;
  /** The data published in a user area, as `device:inode`. */
  readonly targetInode: string | null;
  /** Identifies the published data and its location: see `presentData.ts`. */
  readonly targetKey: string | null;
  /** The version of the data published in a user area: of a file, or of all files of a folder. */
  readonly targetEtag: string | null;
  /** The lifetime of the data. */
  readonly lifetimeSeconds: number | null;
  /** When it is removed; null for never, and once it is removed or was changed. */
  readonly expiresAt: Date | null;
  readonly removedAt: Date | null;
  /** The requester of the removal; null if there is none. */
  readonly removedBy: string | null;
  readonly removalReason: RemovalReason | null;
  /** The process that is removing the data. */
  readonly removalWorker: string | null;
  /** Whether data that is only at other sites is replicated here first. */
  readonly replicate: boolean;
  /** The rule at Rucio that the service has created for it, while it is needed. */
  readonly ruleId: string | null;
  /** What it waits for, while it is QUEUED because of that. */
  readonly waitingFor: string | null;
  readonly attempts: number;
  /** The process that runs the operation. */
  readonly worker: string | null;
  readonly heartbeatAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When the abort was first requested. */
  readonly abortRequestedAt: Date | null;
  /** The digests that the data must have, according to the request. */
  readonly expectedDigests: Digests;
  /** The batch that it is an item of. */
  readonly batchId: string | null;
  /**
   * Its role in an all-or-nothing batch: it publishes the whole batch, or is an item of it and never runs by itself.
   */
  readonly datasetRole: DatasetRole | null;
  /** The location of a COMPLETED operation's data. */
  readonly location: string | null;
  /** A UWS client's own name for the job (UWS 1.1 §2.2.1). */
  readonly runId: string | null;
  /** When it is aborted if it still runs, and removed from the UWS jobs. The record stays. */
  readonly destructionAt: Date | null;
  /** The time of its last change, by the clock of the process that made it. Null for rows older than this column. */
  readonly updatedAt: Date | null;
  /**
   * The number of its changes, by any process: of two states of one operation, the one with the higher number is newer.
   */
  readonly revision: number;
  /** How many workers have died while running it: each time, another one claims it. */
  readonly workerDeaths: number;
}

/** The lifetime of an operation's data, in seconds, by its request and the site; null if neither sets one. */
export function lifetimeOf(
  { lifetimeSeconds }: Pick<Operation, 'lifetimeSeconds'>,
  { maxLifetimeSeconds = Number.POSITIVE_INFINITY }: { readonly maxLifetimeSeconds?: number | undefined },
): number | null {
  const seconds = Math.min(lifetimeSeconds ?? Number.POSITIVE_INFINITY, maxLifetimeSeconds);
  return Number.isFinite(seconds) ? seconds : null;
}
