import type { SqlValue } from '../database/statement.ts';
import type { OperationDatabase, OperationRow } from '../database/tables.ts';
import { columnOf } from './operationStatements.ts';

// Rows of operations are read without Prisma, which takes milliseconds for each.

/** The members in the order in which a statement selects their columns. */
const members = [
  'id',
  'localPathOnStorage',
  'relativePath',
  'phase',
  'outcome',
  'method',
  'username',
  'errorCode',
  'errorReason',
  'batchId',
  'idempotencyKey',
  'requestId',
  'actor',
  'tokenOf',
  'bytesTotal',
  'bytesDone',
  'filesTotal',
  'filesDone',
  'sha256',
  'adler32',
  'md5',
  'sourceEtag',
  'present',
  'sourceLocation',
  'rangeRequests',
  'linkType',
  'targetInode',
  'targetKey',
  'targetEtag',
  'lifetimeSeconds',
  'expiresAt',
  'expiryWarnedAt',
  'removedAt',
  'removedBy',
  'removalReason',
  'removalWorker',
  'replicate',
  'ruleId',
  'waitingFor',
  'attempts',
  'worker',
  'heartbeatAt',
  'createdAt',
  'startedAt',
  'finishedAt',
  'abortRequestedAt',
  'reservedBytes',
  'reservedOn',
  'reservationNumber',
  'expectedSha256',
  'expectedAdler32',
  'expectedMd5',
  'datasetRole',
  'location',
  'idempotencyHash',
  'runId',
  'destructionAt',
  'updatedAt',
  'revision',
  'workerDeaths',
] as const satisfies (keyof OperationRow)[];

type Member = (typeof members)[number];

const columns = members.map(columnOf);
const places = new Map(members.map((member, index) => [member, index]));

/** The operations that a condition, which may have an order, selects. */
export async function readOperations(
  database: OperationDatabase,
  condition: string,
  values: readonly SqlValue[],
): Promise<OperationRow[]> {
  const rows = await database.selectColumns(columns, `FROM staging_operations ${condition}`, values);
  return rows.map(toRow);
}

/** Numbers and times come as the driver has them: as numbers or texts. */
function toRow(values: readonly unknown[]): OperationRow {
  const given = (member: Member): unknown => values[places.get(member) ?? -1] ?? null;
  const optional = <Value>(member: Member, read: (value: unknown) => Value) => {
    const value = given(member);
    return value === null ? null : read(value);
  };
  const text = (member: Member) => optional(member, String);
  const size = (member: Member) => optional(member, (value) => BigInt(String(value)));
  const time = (member: Member) =>
    optional(member, (value) => new Date(value instanceof Date ? value : String(value)));
  const count = (member: Member) => Number(given(member));
  return {
    id: text('id') ?? '',
    localPathOnStorage: text('localPathOnStorage'),
    relativePath: text('relativePath'),
    phase: text('phase') ?? '',
    outcome: text('outcome'),
    method: text('method'),
    username: text('username'),
    errorCode: text('errorCode'),
    errorReason: text('errorReason'),
    batchId: text('batchId'),
    idempotencyKey: text('idempotencyKey'),
    requestId: text('requestId'),
    actor: text('actor'),
    tokenOf: text('tokenOf'),
    bytesTotal: size('bytesTotal'),
    bytesDone: size('bytesDone') ?? 0n,
    filesTotal: size('filesTotal'),
    filesDone: size('filesDone') ?? 0n,
    sha256: text('sha256'),
    adler32: text('adler32'),
    md5: text('md5'),
    sourceEtag: text('sourceEtag'),
    present: text('present'),
    sourceLocation: text('sourceLocation'),
    rangeRequests: optional('rangeRequests', Number),
    linkType: text('linkType'),
    targetInode: text('targetInode'),
    targetKey: text('targetKey'),
    targetEtag: text('targetEtag'),
    lifetimeSeconds: optional('lifetimeSeconds', Number),
    expiresAt: time('expiresAt'),
    expiryWarnedAt: time('expiryWarnedAt'),
    removedAt: time('removedAt'),
    removedBy: text('removedBy'),
    removalReason: text('removalReason'),
    removalWorker: text('removalWorker'),
    replicate: optional('replicate', Number),
    ruleId: text('ruleId'),
    waitingFor: text('waitingFor'),
    attempts: count('attempts'),
    worker: text('worker'),
    heartbeatAt: time('heartbeatAt'),
    createdAt: time('createdAt') ?? new Date(0),
    startedAt: time('startedAt'),
    finishedAt: time('finishedAt'),
    abortRequestedAt: time('abortRequestedAt'),
    reservedBytes: size('reservedBytes'),
    reservedOn: text('reservedOn'),
    reservationNumber: size('reservationNumber'),
    expectedSha256: text('expectedSha256'),
    expectedAdler32: text('expectedAdler32'),
    expectedMd5: text('expectedMd5'),
    datasetRole: text('datasetRole'),
    location: text('location'),
    idempotencyHash: text('idempotencyHash'),
    runId: text('runId'),
    destructionAt: time('destructionAt'),
    updatedAt: time('updatedAt'),
    revision: count('revision'),
    workerDeaths: count('workerDeaths'),
  };
}
