import type { Batch, BatchEnd } from '../../model/batch.ts';
import type { Phase } from '../../model/operation.ts';
import type { FilledStatement } from '../database/sqlSession.ts';
import { type OperationDatabase, textLimits, truncateText } from '../database/tables.ts';
import type { QueuedOperation } from '../queueRecord.ts';
import type { ItemRow } from '../rows/batchRow.ts';
import type { RowOwner } from '../rows/operationRow.ts';
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

/** Work on many operations, in bounded steps. See `BatchRecord`. */
export function createBatchSteps(database: OperationDatabase, owner: RowOwner) {
  const run = ({ sql, values }: FilledStatement) => database.query(() => database.execute(sql, values));
  const read = ({ sql, values }: FilledStatement) => database.query(() => database.select(sql, values));

  /**
   * The ids of a batch's operations in these phases, in steps, each once even if it returns to one of them. They are
   * read first and changed by their ids, because a searching UPDATE would lock the rows that it reads in InnoDB.
   */
  async function* pagesOfIds(id: string, phases: readonly Phase[]): AsyncGenerator<readonly string[]> {
    for (const phase of phases) {
      for (let after = ''; ; ) {
        const ids = (await read(idsStatement(id, phase, after, stepRows))).map(([found]) => String(found));
        if (ids.length > 0) yield ids;
        after = ids.at(-1) ?? '';
        if (ids.length < stepRows) break;
      }
    }
  }

  async function* queue(
    { id: batchId, allOrNothing, method, username }: Batch,
    which: 'queue' | 'retry',
  ): AsyncGenerator<readonly QueuedOperation[]> {
    const from: Phase[] = which === 'queue' ? ['PENDING'] : ['ERROR', 'ABORTED'];
    for await (const ids of allOrNothing ? [[batchId]] : pagesOfIds(batchId, from)) {
      const queued = { status: 'QUEUED', worker: owner.queueOwner, heartbeat_at: new Date() };
      await run(changeStatement(ids, from, which === 'retry' ? { ...notBegun, ...queued } : queued));
      // Some may have been aborted since they were read.
      const rows = await read(queuedStatement(ids, owner.queueOwner));
      yield rows.map(([id, attempts]) => ({ id: String(id), method, username, attempts: Number(attempts) }));
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
    insert: (rows: readonly ItemRow[]) => run(insertItemsStatement(rows)),
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

function endChanges(end: BatchEnd) {
  const ended = { finished_at: new Date(), worker: null, heartbeat_at: null };
  if (end.phase === 'COMPLETED') return { ...ended, status: end.phase, outcome: end.outcome };
  const error_reason = truncateText(end.errorReason, textLimits.errorReason);
  return { ...ended, status: end.phase, error_code: end.errorCode, error_reason };
}
