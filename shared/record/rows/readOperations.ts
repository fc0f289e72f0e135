import { timeOf } from '../../model/isoTime.ts';
import {
  type Digests,
  type Operation,
  phases,
  presentVersions,
  removalReasons,
} from '../../model/operation.ts';
import type { SqlValue } from '../database/sqlSession.ts';
import type { OperationDatabase, ReadRow } from '../database/tables.ts';
import { columnOf } from './operationStatements.ts';

// Rows of operations are read without Prisma, which takes milliseconds for each.

/** The operations that a condition, which may include an order, selects. */
export async function readOperations(
  database: OperationDatabase,
  condition: string,
  values: readonly SqlValue[],
): Promise<ReadRow[]> {
  return database.selectColumns(columns, `FROM staging_operations ${condition}`, values, toRow);
}

/** Numbers and times in the driver's form: as numbers or texts. */
function toRow(values: readonly unknown[]): ReadRow {
  let place = 0;
  const next = () => values[place++] ?? null;
  return {
    id: text(next()) ?? '',
    localPathOnStorage: text(next()),
    relativePath: text(next()),
    phase: text(next()) ?? '',
    outcome: text(next()),
    method: text(next()),
    username: text(next()),
    errorCode: text(next()),
    errorReason: text(next()),
    batchId: text(next()),
    requestId: text(next()),
    actor: text(next()),
    tokenOf: text(next()),
    bytesTotal: size(next()),
    bytesDone: size(next()) ?? 0,
    filesTotal: size(next()),
    filesDone: size(next()) ?? 0,
    sha256: text(next()),
    adler32: text(next()),
    md5: text(next()),
    sourceEtag: text(next()),
    present: text(next()),
    sourceLocation: text(next()),
    rangeRequests: size(next()),
    linkType: text(next()),
    targetInode: text(next()),
    targetKey: text(next()),
    targetEtag: text(next()),
    lifetimeSeconds: size(next()),
    expiresAt: time(next()),
    removedAt: time(next()),
    removedBy: text(next()),
    removalReason: text(next()),
    removalWorker: text(next()),
    replicate: size(next()),
    ruleId: text(next()),
    waitingFor: text(next()),
    attempts: Number(next()),
    worker: text(next()),
    heartbeatAt: time(next()),
    createdAt: time(next()) ?? new Date(0),
    startedAt: time(next()),
    finishedAt: time(next()),
    abortRequestedAt: time(next()),
    expectedSha256: text(next()),
    expectedAdler32: text(next()),
    expectedMd5: text(next()),
    datasetRole: text(next()),
    location: text(next()),
    runId: text(next()),
    destructionAt: time(next()),
    updatedAt: time(next()),
    revision: Number(next()),
    workerDeaths: Number(next()),
  };
}

const text = (value: unknown) => (value === null ? null : String(value));
const size = (value: unknown) => (value === null ? null : Number(value));
const time = (value: unknown) => {
  if (value === null) return null;
  return typeof value === 'number' ? new Date(value) : timeOf(String(value));
};

/** The columns in the order in which a row reads them. */
const columns = Object.keys(toRow([])).map(columnOf);

/**
 * A row as the operation that it records. Member by member, because copies of objects with so many members are slow, and
 * slow to read.
 */
export function toOperation(row: ReadRow): Operation {
  return {
    phase: wordOf(phases, row.phase),
    outcome: wordOrNull(outcomes, row.outcome),
    present: wordOrNull(presentVersions, row.present),
    linkType: wordOrNull(linkTypes, row.linkType),
    datasetRole: wordOrNull(datasetRoles, row.datasetRole),
    tokenOf: wordOrNull(tokenOwners, row.tokenOf),
    removalReason: wordOrNull(removalReasons, row.removalReason),
    replicate: row.replicate === 1,
    expectedDigests: expectedDigests(row),
    id: row.id,
    localPathOnStorage: row.localPathOnStorage,
    relativePath: row.relativePath,
    batchId: row.batchId,
    method: row.method,
    username: row.username,
    actor: row.actor,
    requestId: row.requestId,
    runId: row.runId,
    errorCode: row.errorCode,
    errorReason: row.errorReason,
    waitingFor: row.waitingFor,
    bytesTotal: row.bytesTotal,
    bytesDone: row.bytesDone,
    filesTotal: row.filesTotal,
    filesDone: row.filesDone,
    rangeRequests: row.rangeRequests,
    sha256: row.sha256,
    adler32: row.adler32,
    md5: row.md5,
    sourceEtag: row.sourceEtag,
    sourceLocation: row.sourceLocation,
    location: row.location,
    targetInode: row.targetInode,
    targetKey: row.targetKey,
    targetEtag: row.targetEtag,
    lifetimeSeconds: row.lifetimeSeconds,
    expiresAt: row.expiresAt,
    removedAt: row.removedAt,
    removedBy: row.removedBy,
    removalWorker: row.removalWorker,
    ruleId: row.ruleId,
    attempts: row.attempts,
    worker: row.worker,
    workerDeaths: row.workerDeaths,
    heartbeatAt: row.heartbeatAt,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    abortRequestedAt: row.abortRequestedAt,
    destructionAt: row.destructionAt,
    updatedAt: row.updatedAt,
    revision: row.revision,
  };
}

const noDigests: Digests = Object.freeze({});

/** Most operations have none, and share one object. */
function expectedDigests({
  expectedSha256: sha256,
  expectedAdler32: adler32,
  expectedMd5: md5,
}: ReadRow): Digests {
  if (sha256 === null && adler32 === null && md5 === null) return noDigests;
  return {
    ...(sha256 !== null && { sha256 }),
    ...(adler32 !== null && { adler32 }),
    ...(md5 !== null && { md5 }),
  };
}

const outcomes = ['staged', 'already_present'] as const;
const linkTypes = ['hard', 'symbolic'] as const;
const datasetRoles = ['whole', 'item'] as const;
const tokenOwners = ['caller'] as const;

const wordOrNull = <Word extends string>(words: readonly Word[], text: string | null) =>
  text === null ? null : wordOf(words, text);

/** A text of a column with a fixed set of values: other values can only come from another program. */
function wordOf<Word extends string>(words: readonly Word[], text: string): Word {
  const word = words.find((one) => one === text);
  if (word === undefined) throw new Error(`The record has "${text}", which is none of ${words.join(', ')}`);
  return word;
}
