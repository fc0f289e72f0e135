import * as z from 'zod';
import type { Batch, BatchEnd } from '../../model/batch.ts';
import type { Operation, Phase } from '../../model/operation.ts';
import { timeOfId } from '../../model/operationId.ts';
import type { FilledStatement } from '../database/statement.ts';
import type { OperationDatabase, OperationRow } from '../database/tables.ts';
import { textLimits, truncateText } from '../database/truncateText.ts';
import { newRow, type RowOwner, toOperation } from '../rows/operationRow.ts';
import {
  changeStatement,
  idsStatement,
  insertItemsStatement,
  notBegun,
  queuedStatement,
  removeStatement,
} from './batchStatements.ts';

/** How many operations one step handles. */
const stepRows = 1000;

const idRowsSchema = z.array(z.object({ id: z.string() }));

const queuedRowsSchema = z.array(
  z.object({
    id: z.string(),
    local_path_on_storage: z.string().nullable(),
    relative_path: z.string().nullable(),
    attempts: z.coerce.number(),
    expected_sha256: z.string().nullable(),
    expected_adler32: z.string().nullable(),
    expected_md5: z.string().nullable(),
    dataset_role: z.string().nullable(),
  }),
);

/** Work on many operations, in bounded steps. See `BatchRecord`. */
export function createBatchSteps(database: OperationDatabase, owner: RowOwner) {
  const run = ({ sql, values }: FilledStatement) => database.query(() => database.execute(sql, values));
  const read = ({ sql, values }: FilledStatement) =>
    database.query(() => database.$queryRawUnsafe(sql, ...values));

  /**
   * The ids of a batch's operations in these phases, a step at a time, each once even if it returns to one of them.
   * They are read first and changed by their ids, because a searching UPDATE would lock what it reads in InnoDB.
   */
  async function* pagesOfIds(id: string, phases: readonly Phase[]): AsyncGenerator<readonly string[]> {
    for (const phase of phases) {
      for (let after = ''; ; ) {
        const rows = idRowsSchema.parse(await read(idsStatement(id, phase, after, stepRows)));
        if (rows.length > 0) yield rows.map((row) => row.id);
        after = rows.at(-1)?.id ?? '';
        if (rows.length < stepRows) break;
      }
    }
  }

  async function* queue(batch: Batch, which: 'queue' | 'retry'): AsyncGenerator<readonly Operation[]> {
    const from: Phase[] = which === 'queue' ? ['PENDING'] : ['ERROR', 'ABORTED'];
    for await (const ids of batch.allOrNothing ? [[batch.id]] : pagesOfIds(batch.id, from)) {
      const changes = { ...notBegun, status: 'QUEUED', worker: owner.queueOwner, heartbeat_at: new Date() };
      await run(changeStatement(ids, from, changes));
      // Some may have been aborted since they were read.
      const rows = queuedRowsSchema.parse(await read(queuedStatement(ids, owner.queueOwner)));
      yield rows.map((row) => toOperation(queuedRow(batch, row, owner)));
    }
  }

  async function* endWaiting(id: string, end: BatchEnd): AsyncGenerator<readonly string[]> {
    const waiting: Phase[] = ['QUEUED', 'PENDING'];
    // The operation that publishes the batch may be queued itself.
    await run(changeStatement([id], waiting, endChanges(end)));
    yield [id];
    for await (const ids of pagesOfIds(id, waiting)) {
      await run(changeStatement(ids, waiting, endChanges(end)));
      yield ids;
    }
  }

  return {
    queue,
    endWaiting,
    insert: (rows: readonly OperationRow[]) => run(insertItemsStatement(rows)),
    async remove(id: string) {
      for await (const ids of pagesOfIds(id, ['PENDING'])) await run(removeStatement(ids));
      await run(removeStatement([id]));
    },
    /** Marks the items of an all-or-nothing batch. */
    async markItems(id: string) {
      for await (const ids of pagesOfIds(id, ['PENDING'])) {
        await run(changeStatement(ids, ['PENDING'], { dataset_role: 'item' }));
      }
    },
    /** Gives all items of a batch a lifetime. */
    async setLifetime(id: string, seconds: number) {
      for await (const ids of pagesOfIds(id, ['PENDING'])) {
        await run(changeStatement(ids, ['PENDING'], { lifetime_seconds: seconds }));
      }
    },
    async resetItems(id: string) {
      const ended: Phase[] = ['ERROR', 'ABORTED', 'COMPLETED'];
      for await (const ids of pagesOfIds(id, ended)) {
        await run(changeStatement(ids, ended, { ...notBegun, status: 'PENDING' }));
      }
    },
    async requestAborts(id: string) {
      const all: string[] = [];
      for await (const ids of pagesOfIds(id, ['EXECUTING'])) {
        await run(changeStatement(ids, ['EXECUTING'], { abort_requested_at: new Date() }));
        all.push(...ids);
      }
      return all;
    },
  };
}

function queuedRow(
  { id: batchId, method, username, requestId, allOrNothing }: Batch,
  row: z.output<typeof queuedRowsSchema>[number],
  owner: RowOwner,
): OperationRow {
  const places = { localPathOnStorage: row.local_path_on_storage, relativePath: row.relative_path };
  return {
    ...newRow({ method, username, requestId, ...places }, owner),
    id: row.id,
    createdAt: timeOfId(row.id),
    batchId: allOrNothing ? null : batchId,
    datasetRole: row.dataset_role,
    attempts: row.attempts,
    expectedSha256: row.expected_sha256,
    expectedAdler32: row.expected_adler32,
    expectedMd5: row.expected_md5,
  };
}

function endChanges(end: BatchEnd) {
  const finished_at = new Date();
  if (end.phase === 'COMPLETED') return { status: end.phase, outcome: end.outcome, finished_at };
  const error_reason = truncateText(end.errorReason, textLimits.errorReason);
  return { status: end.phase, error_code: end.errorCode, error_reason, finished_at };
}
