import { newOperationId, timeOfId } from '../../model/operationId.ts';
import type {
  Completion,
  Failure,
  KeyedOperation,
  NewOperation,
  OperationProgress,
} from '../../model/operations/lifecycle.ts';
import { type OperationRow, textLimits, truncateText } from '../database/tables.ts';
import { idempotencyHash } from '../idempotency.ts';
import type { OperationChanges } from './operationStatements.ts';

/** Who owns what a process records. */
export interface RowOwner {
  /** The id of this worker. */
  readonly worker: string;
  /** The owner of operations that it queues; null: any process may claim them. */
  readonly queueOwner: string | null;
}

/** The columns of an operation that was requested and has not started. */
export const notBegun = {
  outcome: null,
  errorCode: null,
  errorReason: null,
  startedAt: null,
  finishedAt: null,
  abortRequestedAt: null,
  bytesTotal: null,
  bytesDone: 0,
  filesTotal: null,
  filesDone: 0,
  sha256: null,
  adler32: null,
  md5: null,
  sourceEtag: null,
  present: null,
  sourceLocation: null,
  rangeRequests: null,
  linkType: null,
  targetInode: null,
  targetKey: null,
  targetEtag: null,
  expiresAt: null,
  location: null,
  destructionAt: null,
} as const;

/** The row of a new operation: member by member, because a copy of `notBegun` in it would take ten times as long. */
export function newRow(operation: NewOperation, { worker, queueOwner }: RowOwner): OperationRow {
  const id = operation.id ?? newOperationId();
  const createdAt = timeOfId(id);
  const { phase = 'QUEUED' } = operation;
  const isPending = phase === 'PENDING';
  const isStarted = phase === 'EXECUTING';
  const owner = isStarted || operation.isOwn ? worker : queueOwner;
  return {
    id,
    phase,
    outcome: null,
    ...requestColumns(operation),
    errorCode: null,
    errorReason: null,
    batchId: null,
    idempotencyKey: null,
    requestId: fitOrNull(operation.requestId, textLimits.requestId),
    tokenOf: operation.tokenOf ?? null,
    bytesTotal: null,
    bytesDone: 0,
    filesTotal: null,
    filesDone: 0,
    sha256: null,
    adler32: null,
    md5: null,
    sourceEtag: null,
    present: null,
    sourceLocation: null,
    rangeRequests: null,
    linkType: null,
    targetInode: null,
    targetKey: null,
    targetEtag: null,
    lifetimeSeconds: operation.lifetimeSeconds ?? null,
    expiresAt: null,
    expiryWarnedAt: null,
    removedAt: null,
    removedBy: null,
    removalReason: null,
    removalWorker: null,
    replicate: operation.replicate ? 1 : null,
    ruleId: null,
    waitingFor: null,
    attempts: isStarted ? 1 : 0,
    worker: isPending ? null : owner,
    heartbeatAt: isPending ? null : new Date(),
    createdAt,
    startedAt: isStarted ? new Date() : null,
    finishedAt: null,
    abortRequestedAt: null,
    expectedSha256: operation.expectedDigests?.sha256 ?? null,
    expectedAdler32: operation.expectedDigests?.adler32 ?? null,
    expectedMd5: operation.expectedDigests?.md5 ?? null,
    location: null,
    idempotencyHash: null,
    destructionAt: null,
    datasetRole: null,
    reservedBytes: null,
    reservedOn: null,
    reservationNumber: null,
    updatedAt: new Date(),
    revision: 1,
    workerDeaths: 0,
  };
}

/** The columns of the request. */
export function requestColumns(operation: NewOperation) {
  return {
    method: fitOrNull(operation.method, textLimits.method),
    username: fitOrNull(operation.username, textLimits.username),
    actor: fitOrNull(operation.actor ?? null, textLimits.username),
    ...itemColumns(operation),
    runId: fitOrNull(operation.runId ?? null, textLimits.runId),
  };
}

/** The columns of the source and the target. */
export function itemColumns({
  localPathOnStorage,
  relativePath,
  expectedDigests,
}: Pick<NewOperation, 'localPathOnStorage' | 'relativePath' | 'expectedDigests'>) {
  return {
    localPathOnStorage: fitOrNull(localPathOnStorage, textLimits.path),
    relativePath: fitOrNull(relativePath, textLimits.path),
    expectedSha256: expectedDigests?.sha256 ?? null,
    expectedAdler32: expectedDigests?.adler32 ?? null,
    expectedMd5: expectedDigests?.md5 ?? null,
  };
}

/** The row of a new operation, with its client's key. */
export function newKeyedRow(operation: KeyedOperation, owner: RowOwner) {
  const { username, idempotencyKey } = operation;
  const hash = idempotencyHash('operation', username, idempotencyKey);
  return { ...newRow(operation, owner), idempotencyKey, idempotencyHash: hash };
}

/** The columns that change when an operation succeeds. */
export function completionChanges(completion: Completion): OperationChanges {
  const { sha256, adler32, md5 } = completion.digests ?? {};
  return {
    ...progressChanges(completion),
    phase: 'COMPLETED',
    outcome: completion.outcome,
    location: fitOrNull(completion.location ?? null, textLimits.location),
    sha256: sha256 ?? null,
    adler32: adler32 ?? null,
    md5: md5 ?? null,
    sourceEtag: fitOrNull(completion.sourceEtag ?? null, textLimits.sourceEtag),
    present: completion.present ?? null,
    sourceLocation: fitOrNull(completion.sourceLocation ?? null, textLimits.location),
    linkType: completion.linkType ?? null,
    targetInode: completion.targetInode ?? null,
    targetKey: completion.targetKey ? recordedKey(completion.targetKey) : null,
    targetEtag: completion.targetEtag ?? null,
    expiresAt: completion.expiresAt ?? null,
    ...ended(),
  };
}

/** The recorded part of a target key: 128 bits, because every operation has one, twice with its index. */
export const recordedKey = (targetKey: string) => targetKey.slice(0, 32);

/** It has no owner any more: the row is kept permanently, and its owner would be a sixth of it. */
export const ended = () => ({ finishedAt: new Date(), worker: null, heartbeatAt: null });

/** The columns that change when an operation fails. */
export function failureChanges(failure: Failure): OperationChanges {
  return {
    ...progressChanges(failure),
    phase: failure.phase,
    errorCode: failure.errorCode,
    errorReason: truncateText(failure.errorReason, textLimits.errorReason),
    ...ended(),
  };
}

/** The columns that change when an operation is retried: as if new, except for its attempts. */
export function retryChanges(queueOwner: string | null): OperationChanges {
  return {
    // Also for a destroyed UWS job: a retry makes it a job again.
    ...notBegun,
    phase: 'QUEUED',
    worker: queueOwner,
    heartbeatAt: new Date(),
    waitingFor: null,
  };
}

/** The columns that change while an operation runs: only the counts that are given. */
export function progressChanges(progress: OperationProgress) {
  const { bytesTotal, bytesDone, filesTotal, filesDone } = progress;
  return {
    ...(bytesTotal === undefined ? {} : { bytesTotal }),
    ...(bytesDone === undefined ? {} : { bytesDone }),
    ...(filesTotal === undefined ? {} : { filesTotal }),
    ...(filesDone === undefined ? {} : { filesDone }),
  };
}

const fitOrNull = (text: string | null, limit: number) => (text === null ? null : truncateText(text, limit));
