import { timeOf } from '../../model/isoTime.ts';
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
