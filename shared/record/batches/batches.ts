import { type BatchCounts, batchPhaseOrder } from '../../model/batch.ts';
import { maySee } from '../../model/caller.ts';
import { chunksOf } from '../../model/chunks.ts';
import type { Phase } from '../../model/operation.ts';
import { isOperationId } from '../../model/operationId.ts';
import { isLostHere } from '../../process/workerId.ts';
import type { BatchRecord } from '../batchRecord.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import { given, ofUsers, selectRows, whereAll } from '../database/keyset.ts';
import { insertOnce } from '../database/query.ts';
import {
  type BatchChanges,
  type BatchConditions,
  type OperationDatabase,
  textLimits,
  truncateText,
} from '../database/tables.ts';
import { usersOf } from '../lists/search.ts';
import { isLeaseExpired } from '../operations/liveness.ts';
import type { OperationStore } from '../operations/operationStore.ts';
import {
  countStatement,
  datasetRow,
  itemRows,
  newBatchRow,
  readBatches,
  settledChanges,
  toBatch,
  toCounts,
} from '../rows/batchRow.ts';
import { failureChanges, type RowOwner } from '../rows/operationRow.ts';
import { toOperation } from '../rows/readOperations.ts';
import { createBatchSteps } from './batchSteps.ts';

const unfinished = ['PENDING', 'QUEUED'];

/** How many rows one INSERT has. */
const rowsPerInsert = 1000;

/** How many items of a dataset are read together. */
const itemsPerPage = 200;

/** How many unfinished batches are read together. */
const maxUnfinished = 1000;

/** The record of batches over a Prisma client, for the worker with that id. */
export function createBatchRecord(
  database: OperationDatabase,
  store: OperationStore,
  owner: RowOwner,
): BatchRecord {
  const { stagingBatch: batches, query } = database;
  const { worker } = owner;
  const steps = createBatchSteps(database, store, owner);
  const update = async (where: BatchConditions, data: BatchChanges) =>
    (await query(() => batches.updateMany({ where, data }))).count === 1;
  const itemPage = async (batch: { id: string; phase: Phase }, after: string, take: number) => {
    const where = { batch, id: { gt: after } };
    const rows = await query(() => selectRows(database, where, { order: 'oldest', take }));
    return rows.map(toOperation);
  };
  const counts = async (id: string): Promise<BatchCounts> =>
    toCounts(await query(() => database.select(countStatement, [id])));

  return {
    counts,

    async create(batch) {
      const row = newBatchRow(batch, worker);
      await query(() => batches.createMany({ data: row }));
      return toBatch(row);
    },

    async createOnce(batch) {
      const row = newBatchRow(batch, worker);
      const recorded = await insertOnce(row, query, {
        insert: () => batches.createMany({ data: row }),
        find: () => readBatches(database, 'WHERE idempotency_hash = ?', [row.idempotencyHash]),
      });
      return { batch: toBatch(recorded), isNew: recorded.id === row.id };
    },

    async addItems(batch, items) {
      for (const some of chunksOf(items, rowsPerInsert)) {
        await steps.insert(itemRows(batch, some));
      }
    },

    async heartbeat(id) {
      await update({ id, worker }, { heartbeatAt: new Date() });
    },

    async accept(batch, received) {
      const { allOrNothing, directory, relativePath, operationsTotal } = received;
      const { requestSha256 = null, lifetimeSeconds = null } = received;
      if (allOrNothing) {
        await store.insert(datasetRow(batch, received));
        await steps.markItems(batch.id);
      } else if (lifetimeSeconds !== null) await steps.setLifetime(batch.id, lifetimeSeconds);
      return update(
        { id: batch.id, phase: 'PENDING', worker },
        {
          phase: 'QUEUED',
          allOrNothing,
          directory: directory && truncateText(directory, textLimits.path),
          relativePath: relativePath && truncateText(relativePath, textLimits.path),
          operationsTotal,
          requestSha256,
          heartbeatAt: new Date(),
        },
      );
    },

    removeItems: steps.remove,

    async refuse(id, failure) {
      const { phase, errorCode, errorReason } = failure;
      const reason = truncateText(errorReason, textLimits.errorReason);
      await update(
        { id, phase: 'PENDING' },
        { phase, errorCode, errorReason: reason, finishedAt: new Date(), idempotencyHash: null },
      );
    },

    claim: ({ id, worker: owner, heartbeatAt }) =>
      update(
        { id, worker: owner, heartbeatAt, phase: { in: unfinished } },
        { worker, heartbeatAt: new Date() },
      ),

    queue: steps.queue,

    async reopen(id) {
      await update(
        { id },
        {
          phase: 'QUEUED',
          finishedAt: null,
          errorCode: null,
          errorReason: null,
          worker,
          heartbeatAt: new Date(),
        },
      );
    },

    endWaiting: steps.endWaiting,

    requestAborts: steps.requestAborts,
    resetItems: steps.resetItems,

    pendingItems: (id, after) => itemPage({ id, phase: 'PENDING' }, after, itemsPerPage),

    async recordWhole(items) {
      if (items.length === 0) return;
      const rows = items.map(({ id, bytes, digests, linkType }) => {
        const { sha256 = null, adler32 = null, md5 = null } = digests;
        return [id, { bytesTotal: bytes, bytesDone: bytes, sha256, adler32, md5, linkType }] as const;
      });
      await store.changeEach(new Map(rows), { phase: 'PENDING' });
    },

    async failItem(id, failure) {
      await store.change({ id, phase: 'PENDING' }, failureChanges(failure));
    },

    async find(id, viewer) {
      if (!isOperationId(id)) return null;
      const [row] = await query(() => readBatches(database, 'WHERE id = ?', [id.toLowerCase()]));
      return row && maySee(viewer, row) ? toBatch(row) : null;
    },

    async settle(id, phase, ended, failure) {
      const { errorCode = null, errorReason = null } = failure ?? {};
      await update({ id, phase: 'QUEUED' }, { ...settledChanges(phase, ended), errorCode, errorReason });
    },

    async listOperations(id, { limit, cursor, phase: only }) {
      const found = [];
      for (const phase of batchPhaseOrder.slice(cursor ? batchPhaseOrder.indexOf(cursor.phase) : 0)) {
        if (only !== undefined && phase !== only) continue;
        const after = cursor?.phase === phase ? cursor.id : '';
        found.push(...(await itemPage({ id, phase }, after, limit + 1 - found.length)));
        // One more than requested shows whether there is a next page.
        if (found.length > limit) break;
      }
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return {
        operations: shown,
        next: found.length > limit && last ? { phase: last.phase, id: last.id } : null,
      };
    },

    async list({ username }, { limit, cursor }, viewer) {
      const { sql, values } = whereAll([
        ...ofUsers('username', usersOf(username, viewer)),
        ...given('id < ?', cursor === undefined ? undefined : parseCursor(cursor)),
      ]);
      const page = `${sql}ORDER BY id DESC LIMIT ${limit + 1}`;
      const rows = await query(() => readBatches(database, page, values));
      const last = rows.slice(0, limit).at(-1);
      return {
        batches: rows.slice(0, limit).map(toBatch),
        nextCursor: rows.length > limit && last ? makeCursor(last.id) : null,
      };
    },

    async findUnfinished() {
      const found = [];
      for (const phase of unfinished) {
        const condition = `WHERE phase = ? ORDER BY id LIMIT ${maxUnfinished}`;
        found.push(...(await query(() => readBatches(database, condition, [phase]))));
      }
      return found.map(toBatch);
    },

    isAbandoned({ worker: owner, heartbeatAt }) {
      if (owner === worker) return false;
      return owner === null || isLeaseExpired(heartbeatAt) || isLostHere(owner);
    },
  };
}
