import type { Batch, BatchEnd } from '../../model/batch.ts';
import type { Phase } from '../../model/operation.ts';
import type { SqlValue } from '../database/sqlSession.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationStore } from '../operations/operationStore.ts';
import type { QueuedOperation } from '../queueRecord.ts';
import { ended, failureChanges, notBegun, type RowOwner } from '../rows/operationRow.ts';
import {
  insertStatement,
  type OperationChanges,
  placesOf,
  type RowValues,
} from '../rows/operationStatements.ts';

/** How many operations one step handles. */
const stepRows = 1000;

/**
 * Work on many operations, in bounded steps. See `BatchRecord`. In SQL for every database: as Prisma calls, the statements
 * would take ten to a hundred times longer, and much memory.
 */
export function createBatchSteps(database: OperationDatabase, store: OperationStore, owner: RowOwner) {
  const run = (sql: string, values: readonly SqlValue[]) =>
    database.query(() => database.execute(sql, values));
  const read = (sql: string, values: readonly SqlValue[]) =>
    database.query(() => database.select(sql, values));
  const change = (ids: readonly string[], from: readonly Phase[], changes: OperationChanges) =>
    store.change({ id: { in: ids }, phase: { in: from } }, changes);

  /**
   * The ids of a batch's operations in these phases, in steps, each once even if it returns to one of them. They are
   * read first and changed by their ids, because a searching UPDATE would lock the rows that it reads in InnoDB.
   */
  async function* pagesOfIds(id: string, phases: readonly Phase[]): AsyncGenerator<readonly string[]> {
    for (const phase of phases) {
      for (let after = ''; ; ) {
        // A covering index answers it.
        const sql =
          'SELECT id FROM staging_operations WHERE batch_id = ? AND status = ? AND id > ? ' +
          `ORDER BY id LIMIT ${stepRows}`;
        const ids = (await read(sql, [id, phase, after])).map(([found]) => String(found));
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
      const queued = { phase: 'QUEUED', worker: owner.queueOwner, heartbeatAt: new Date() };
      await change(ids, from, which === 'retry' ? { ...notBegun, ...queued } : queued);
      // Some may have been aborted since they were read.
      const own = owner.queueOwner === null ? [] : [owner.queueOwner];
      const sql =
        `SELECT id, attempts FROM staging_operations WHERE id IN (${placesOf(ids)}) AND status = 'QUEUED' ` +
        `AND worker ${own.length > 0 ? '= ?' : 'IS NULL'} ORDER BY id`;
      const rows = await read(sql, [...ids, ...own]);
      yield rows.map(([id, attempts]) => ({ id: String(id), method, username, attempts: Number(attempts) }));
    }
  }

  async function* endWaiting(id: string, end: BatchEnd): AsyncGenerator<readonly string[]> {
    const waiting: Phase[] = ['QUEUED', 'PENDING'];
    // The operation that publishes the batch may be queued itself.
    await change([id], waiting, endChanges(end));
    yield [id];
    for await (const ids of pagesOfIds(id, waiting)) {
      await change(ids, waiting, endChanges(end));
      yield ids;
    }
  }

  const removePending = (ids: readonly string[]) =>
    run(`DELETE FROM staging_operations WHERE id IN (${placesOf(ids)}) AND status = 'PENDING'`, ids);
  const changePending = async (id: string, changes: OperationChanges) => {
    for await (const ids of pagesOfIds(id, ['PENDING'])) await change(ids, ['PENDING'], changes);
  };

  return {
    queue,
    endWaiting,
    async insert(rows: readonly RowValues[]) {
      const { sql, values } = insertStatement(rows);
      await run(sql, values);
    },
    async remove(id: string) {
      for await (const ids of pagesOfIds(id, ['PENDING'])) await removePending(ids);
      await removePending([id]);
    },
    /** Marks the items of an all-or-nothing batch. */
    markItems: (id: string) => changePending(id, { datasetRole: 'item' }),
    /** Gives all items of a batch a lifetime. */
    setLifetime: (id: string, lifetimeSeconds: number) => changePending(id, { lifetimeSeconds }),
    async resetItems(id: string) {
      const over: Phase[] = ['ERROR', 'ABORTED', 'COMPLETED'];
      for await (const ids of pagesOfIds(id, over))
        await change(ids, over, { ...notBegun, phase: 'PENDING' });
    },
    async requestAborts(id: string) {
      const all: string[] = [];
      for await (const ids of pagesOfIds(id, ['EXECUTING'])) {
        await change(ids, ['EXECUTING'], { abortRequestedAt: new Date() });
        all.push(...ids);
      }
      return all;
    },
  };
}

function endChanges(end: BatchEnd): OperationChanges {
  return end.phase === 'COMPLETED' ? { ...end, ...ended() } : failureChanges(end);
}
