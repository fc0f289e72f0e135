import * as z from 'zod';
import { chunksOf } from '../../model/chunks.ts';
import { notCompleted, selectIds } from '../database/keyset.ts';
import { type OperationDatabase, type ReadRow, textLimits, truncateText } from '../database/tables.ts';
import type { OperationRecord } from '../operationRecord.ts';
import type { QueueRecord } from '../queueRecord.ts';
import { toOperation } from '../rows/readOperations.ts';
import type { OperationStore } from './operationStore.ts';
import { unfinished } from './ownOperations.ts';

const queuedRowsSchema = z.array(
  z
    .tuple([z.string(), z.string().nullable(), z.string().nullable(), z.coerce.number()])
    .transform(([id, method, username, attempts]) => ({ id, method, username, attempts })),
);

/** How many operations one statement releases. */
const rowsReleased = 500;

/** How long the start of an operation that was claimed early need not be recorded, in ms. */
const startUnrecordedMs = 1000;

/** The columns of an operation in the queue: as if it had just been requested, except its attempts. */
const inQueue = () => ({
  phase: 'QUEUED',
  worker: null,
  heartbeatAt: new Date(),
  startedAt: null,
  bytesDone: 0,
  filesDone: 0,
  waitingFor: null,
});

/** The part of the record by which processes share their work. */
export function createQueueRecord(
  database: OperationDatabase,
  store: OperationStore,
  worker: string,
): QueueRecord {
  const { remembered, change, changeAndFind, changeAndNotify, readSome, notify } = store;
  const { remember, claimStarts, leave, observers } = store;
  const isFree = { phase: 'QUEUED', worker: { in: [worker], orNull: true } };
  const claimed = () => {
    const now = new Date();
    return {
      phase: 'EXECUTING',
      worker,
      startedAt: now,
      heartbeatAt: now,
      attempts: { increment: 1 },
      // Reservations of an earlier attempt end.
      reservedBytes: null,
    };
  };
  const isClaimed = (row: ReadRow) => row.worker === worker && row.phase === 'EXECUTING';
  return {
    async release(ids) {
      for (const some of chunksOf(ids, rowsReleased)) {
        await change({ id: { in: some }, worker, phase: { in: unfinished } }, inQueue());
      }
      for (const id of ids) leave(id);
    },

    async wait(id, { until, reason }) {
      const waiting = {
        ...inQueue(),
        // Processes that read the queue do not see it before.
        heartbeatAt: until,
        waitingFor: truncateText(reason, textLimits.waitingFor),
        // It was only checked whether it can start.
        attempts: { increment: -1 },
      };
      await changeAndNotify(id, { worker, phase: { in: unfinished } }, waiting);
      leave(id);
    },

    async claim(id, patience) {
      const begun = claimed();
      const claimIf = (conditions: object) =>
        changeAndFind(id, { ...isFree, ...conditions }, begun, patience);
      const known = remembered(id, 'QUEUED');
      // Nothing has changed since it was queued, so it need not be read.
      const asQueued = known && { revision: known.revision, abortRequestedAt: null };
      const first = await claimIf(asQueued ?? {});
      const isTaken = first.isChanged || !asQueued || first.operation?.phase !== 'QUEUED';
      const { operation } = isTaken ? first : await claimIf({});
      if (operation?.worker !== worker || operation.phase !== 'EXECUTING') return null;
      observers.started(operation);
      return operation;
    },

    async claimSome(ids, patience) {
      await change({ ...isFree, id: { in: ids } }, { ...claimed(), startedAt: null }, patience);
      const ours = (await readSome(ids, patience)).filter(isClaimed);
      return ours.map((row) => notify(row).id);
    },

    async startClaimed(id, patience) {
      const known = remembered(id, 'EXECUTING') ?? (await readSome([id], patience))[0];
      if (!known || !isClaimed(known)) return null;
      const startedAt = new Date();
      claimStarts.set(id, { startedAt, isRecorded: false });
      const row = { ...known, startedAt };
      remember(row);
      const operation = toOperation(row);
      observers.started(operation);
      return operation;
    },

    async recordStarts() {
      const startedAt = new Date();
      const before = startedAt.getTime() - startUnrecordedMs;
      const late = [...claimStarts].filter(
        ([, start]) => !start.isRecorded && start.startedAt.getTime() < before,
      );
      for (const some of chunksOf(late, rowsReleased)) {
        const ids = some.map(([id]) => id);
        await change({ id: { in: ids }, worker, phase: 'EXECUTING', startedAt: null }, { startedAt });
        for (const [, start] of some) start.isRecorded = true;
      }
    },

    async returnClaims(ids) {
      const unclaimed = { ...inQueue(), attempts: { increment: -1 } };
      await change({ id: { in: ids }, worker, phase: 'EXECUTING', startedAt: null }, unclaimed);
    },

    async requeue({ id, worker: owner, heartbeatAt }) {
      const isSame = { id, worker: owner, heartbeatAt, phase: { in: unfinished } };
      return (await change(isSame, { ...inQueue(), workerDeaths: { increment: 1 } })) === 1;
    },

    async findQueued({ after, before, limit }) {
      const sql =
        'SELECT id, method, username, attempts FROM staging_operations ' +
        "/*! FORCE INDEX (staging_operations_status_worker_id_created_at_idx) */ WHERE status = 'QUEUED' " +
        `AND ${notCompleted} AND worker IS NULL AND id > ? AND heartbeat_at < ? ORDER BY id LIMIT ${limit}`;
      return queuedRowsSchema.parse(await database.query(() => database.select(sql, [after, before])));
    },
  };
}

/** From this limit on it is not counted for every request. */
const largeCount = 1000;

/** How long a result far below a limit is valid, in ms. */
const validMs = 1000;

/**
 * Counts queued operations. While fewer than half of a large limit are queued, they are counted once a second: the limit
 * may then be exceeded by what is requested within a second.
 */
export function createWaitingCount(database: OperationDatabase): Pick<OperationRecord, 'hasWaiting'> {
  /** Fewer than this many were queued then, of all users. */
  let fewer: { readonly than: number; readonly at: number } | undefined;
  const has = async (count: number, users: readonly string[]) => {
    const where = { phase: 'QUEUED', ...(users.length > 0 && { users }), id: {} } as const;
    const last = { order: 'oldest', take: 1, skip: count - 1 } as const;
    return (await database.query(() => selectIds(database, where, last))).length > 0;
  };
  return {
    async hasWaiting(count, username) {
      if (count < 1) return true;
      if (username !== undefined) return has(count, [truncateText(username, textLimits.username)]);
      if (count < largeCount) return has(count, []);
      if (fewer && fewer.than * 2 <= count && performance.now() - fewer.at < validMs) return false;
      const than = Math.floor(count / 2);
      if (await has(than, [])) return has(count, []);
      fewer = { than, at: performance.now() };
      return false;
    },
  };
}
