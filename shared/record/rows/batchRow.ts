import * as z from 'zod';
import type { Batch, BatchCounts, BatchItem, NewBatch, ReceivedBatch } from '../../model/batch.ts';
import { type Phase, phases } from '../../model/operation.ts';
import { newOperationId, timeOfId } from '../../model/operationId.ts';
import type { SqlValue } from '../database/sqlSession.ts';
import {
  type BatchRow,
  type OperationDatabase,
  type OperationRow,
  textLimits,
  truncateText,
} from '../database/tables.ts';
import { itemColumns, newRow } from './operationRow.ts';
import { columnOf } from './operationStatements.ts';

const phaseSchema = z.enum(phases);

const count = z.coerce.number();

const text = z.string().nullable();
const time = z.coerce.date().nullable();

/** A row of `batches`, for every database. */
const rowSchema = z.object({
  id: z.string(),
  method: text,
  username: text,
  actor: text,
  phase: z.string(),
  allOrNothing: count.transform(Boolean),
  directory: text,
  relativePath: text,
  operationsTotal: count,
  completed: count,
  failed: count,
  aborted: count,
  alreadyPresent: count,
  bytesTotal: z.coerce.bigint(),
  bytesDone: z.coerce.bigint(),
  errorCode: text,
  errorReason: text,
  requestId: text,
  worker: text,
  heartbeatAt: time,
  createdAt: z.coerce.date(),
  finishedAt: time,
  idempotencyHash: text,
  requestSha256: text,
}) satisfies z.ZodType<BatchRow>;

const members = Object.keys(rowSchema.shape);
// A batch's phase is not in the column `status`, as an operation's is.
const columns = members.map((member) => (member === 'phase' ? member : columnOf(member)));

/** The batches that a condition, which may include an order, selects. Without Prisma, which takes long to load. */
export async function readBatches(
  database: OperationDatabase,
  condition: string,
  values: readonly SqlValue[],
): Promise<BatchRow[]> {
  return database.selectColumns(columns, `FROM batches ${condition}`, values, (row) =>
    rowSchema.parse(Object.fromEntries(members.map((member, index) => [member, row[index]]))),
  );
}

/** A row as the batch that it records. */
export function toBatch(row: BatchRow): Batch {
  const { completed, failed, aborted, alreadyPresent, bytesTotal, bytesDone, ...others } = row;
  const { idempotencyHash, ...columns } = others;
  return {
    ...columns,
    phase: phaseSchema.parse(row.phase),
    endCounts: {
      phases: { ...noPhases(), COMPLETED: completed, ERROR: failed, ABORTED: aborted },
      alreadyPresent,
      bytesTotal: Number(bytesTotal),
      bytesDone: Number(bytesDone),
    },
  };
}

/** The row of a batch that this worker receives. */
export function newBatchRow(
  { method, username, actor, requestId, idempotencyHash }: NewBatch,
  worker: string,
): BatchRow {
  const id = newOperationId();
  return {
    id,
    phase: 'PENDING',
    method: method && truncateText(method, textLimits.method),
    username: username && truncateText(username, textLimits.username),
    actor: actor ? truncateText(actor, textLimits.username) : null,
    requestId: requestId && truncateText(requestId, textLimits.requestId),
    allOrNothing: false,
    directory: null,
    relativePath: null,
    operationsTotal: 0,
    completed: 0,
    failed: 0,
    aborted: 0,
    alreadyPresent: 0,
    bytesTotal: 0n,
    bytesDone: 0n,
    errorCode: null,
    errorReason: null,
    worker,
    heartbeatAt: new Date(),
    createdAt: timeOfId(id),
    finishedAt: null,
    idempotencyHash: idempotencyHash ?? null,
    requestSha256: null,
  };
}

/** The rows of items of a batch: operations without an owner. */
export function itemRows(batch: Batch, items: readonly BatchItem[]) {
  const { method, username, actor, requestId, id: batchId } = batch;
  const common = { phase: 'PENDING', method, username, actor, requestId, batchId, revision: 1 };
  return items.map(({ lifetimeSeconds = null, replicate, ...item }) => {
    const id = newOperationId();
    const createdAt = timeOfId(id);
    const own = { id, createdAt, updatedAt: createdAt, lifetimeSeconds, replicate: replicate ? 1 : null };
    return { ...own, ...common, ...itemColumns(item) };
  });
}

/** The row of the operation that publishes an all-or-nothing batch: it has the batch's id, and no owner. */
export function datasetRow(
  batch: Batch,
  { directory, relativePath, lifetimeSeconds = null }: ReceivedBatch,
): OperationRow {
  const { method, username, actor, requestId, id, createdAt } = batch;
  const places = { localPathOnStorage: directory, relativePath, lifetimeSeconds };
  const asked = { method, username, actor, requestId, phase: 'PENDING', ...places } as const;
  // It cannot have an owner before the batch is accepted.
  const row = newRow(asked, { worker: '', queueOwner: null });
  return { ...row, id, createdAt, datasetRole: 'whole' };
}

/** Counts from the database, which returns several kinds of numbers. */
const countRowsSchema = z.array(
  z
    .tuple([phaseSchema, count, count, count, count])
    .transform(([phase, operations, alreadyPresent, bytesTotal, bytesDone]) => ({
      phase,
      operations,
      alreadyPresent,
      bytesTotal,
      bytesDone,
    })),
);

/** Reads the counts from an index of a batch's operations, for every database. */
export const countStatement = `SELECT status, COUNT(*),
  SUM(CASE WHEN outcome = 'already_present' THEN 1 ELSE 0 END), COALESCE(SUM(bytes_total), 0), SUM(bytes_done)
  FROM staging_operations WHERE batch_id = ? GROUP BY status`;

/** The answer of `countStatement`. */
export function toCounts(rows: unknown): BatchCounts {
  const parsed = countRowsSchema.parse(rows);
  const sum = (column: 'alreadyPresent' | 'bytesTotal' | 'bytesDone') =>
    parsed.reduce((total, row) => total + row[column], 0);
  return {
    phases: { ...noPhases(), ...Object.fromEntries(parsed.map((row) => [row.phase, row.operations])) },
    alreadyPresent: sum('alreadyPresent'),
    bytesTotal: sum('bytesTotal'),
    bytesDone: sum('bytesDone'),
  };
}

/** The columns that change when a batch ends in this phase. */
export function settledChanges(phase: Phase, { phases, ...counts }: BatchCounts) {
  return {
    phase,
    finishedAt: new Date(),
    completed: phases.COMPLETED,
    failed: phases.ERROR,
    aborted: phases.ABORTED,
    alreadyPresent: counts.alreadyPresent,
    bytesTotal: BigInt(counts.bytesTotal),
    bytesDone: BigInt(counts.bytesDone),
  };
}

function noPhases(): Record<Phase, number> {
  return { PENDING: 0, QUEUED: 0, EXECUTING: 0, COMPLETED: 0, ERROR: 0, ABORTED: 0 };
}
