import { chunksOf } from '../../model/chunks.ts';
import { hasEnded, type Operation, phases } from '../../model/operation.ts';
import { notCompleted } from '../database/keyset.ts';
import { insertOnce, type Patience } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { checkSameRequest } from '../idempotency.ts';
import type { OperationRecord } from '../operationRecord.ts';
import {
  completionChanges,
  failureChanges,
  newKeyedRow,
  newRow,
  type RowOwner,
  requestColumns,
  retryChanges,
} from '../rows/operationRow.ts';
import { type OperationChanges, placesOf } from '../rows/operationStatements.ts';
import { readOperations, toOperation } from '../rows/readOperations.ts';
import { leaseMs } from './liveness.ts';
import type { OperationStore } from './operationStore.ts';
import { unfinished } from './ownOperations.ts';

/** How many operations one statement ends. */
const rowsEnded = 500;

const ended = phases.filter((phase) => hasEnded({ phase }));

/** An attempt at an operation, from start to end, and the next one. */
type AttemptRecord = Pick<
  OperationRecord,
  'isOwned' | 'complete' | 'recordRanges' | 'fail' | 'failSome' | 'retry'
>;

/** The part of the record in which a worker records its attempts. See `OperationRecord`. */
export function createAttemptRecord(store: OperationStore, { worker, queueOwner }: RowOwner): AttemptRecord {
  const { find, findSome, change, changeAndRead, readAndNotify } = store;
  const { starts, claimStarts, isStartedWithin, leave, emitPhase, observers } = store;
  const mine = { worker, phase: { in: unfinished } };
  const end = async (id: string, changes: OperationChanges, patience?: Patience) => {
    try {
      await starts.get(id);
      const startedAt = claimStarts.get(id)?.startedAt;
      const ended = { ...changes, ...(startedAt && { startedAt }) };
      const { operation, isChanged } = await changeAndRead(id, mine, ended, patience);
      // Otherwise another process has closed and counted it.
      if (isChanged) observers.ended(operation);
      return operation;
    } finally {
      starts.delete(id);
      leave(id);
    }
  };
  return {
    async isOwned(id, patience) {
      await starts.get(id);
      // Its start began a lease, and no process closes it before the lease expires. Half of it leaves time to publish.
      if (isStartedWithin(id, leaseMs / 2)) return true;
      const operation = await find(id, patience);
      return operation?.worker === worker && operation.phase === 'EXECUTING';
    },

    complete: (id, completion, patience) => end(id, completionChanges(completion), patience),

    async recordRanges(id, { requests, bytes, endedAt }) {
      const isDownload = { id, method: 'direct_download', phase: { in: ended } };
      await change(isDownload, { rangeRequests: requests, bytesDone: bytes, finishedAt: endedAt });
    },

    fail: (id, failure, patience) => end(id, failureChanges(failure), patience),

    async failSome(ids, failure, patience) {
      const begin = Date.now();
      const ended: Operation[] = [];
      for (const some of chunksOf(ids, rowsEnded)) {
        await change({ ...mine, id: { in: some } }, failureChanges(failure), patience);
        ended.push(...(await findSome(some)));
      }
      for (const operation of ended) {
        emitPhase(operation);
        // Otherwise another process has already closed and counted it, perhaps with the same code.
        const { errorCode, finishedAt } = operation;
        const isEndedHere = finishedAt !== null && finishedAt.getTime() >= begin;
        if (isEndedHere && errorCode === failure.errorCode) observers.ended(operation);
        leave(operation.id);
      }
      return ended;
    },

    async retry({ id, phase, attempts, finishedAt }) {
      if (phase !== 'ERROR' && phase !== 'ABORTED') return undefined;
      // Also by its end time: it may have been retried and have failed again since it was read.
      const asRead = { id, phase, attempts, finishedAt };
      if ((await change(asRead, retryChanges(queueOwner))) === 0) return undefined;
      return readAndNotify(id);
    },
  };
}

/** How many abort requests are read together. */
const abortRequests = 1000;

/** How far each poll for abort requests reaches back, in ms: more than the clock skew between two machines. */
const abortRequestMs = 600_000;

/** The part of the record by which any process aborts operations of another. See `OperationRecord`. */
export function createAbortRecord(
  database: OperationDatabase,
  { update }: OperationStore,
  worker: string,
): Pick<OperationRecord, 'requestAbort' | 'findAbortRequests'> {
  let lastAbortPoll = Date.now();
  return {
    async requestAbort(id) {
      const where = { id, phase: { in: unfinished }, abortRequestedAt: null };
      await update(where, { abortRequestedAt: new Date() });
    },

    async findAbortRequests() {
      const polledAt = Date.now();
      const since = new Date(lastAbortPoll - abortRequestMs);
      const condition =
        `WHERE status IN (${placesOf(unfinished)}) AND ${notCompleted} AND worker = ? ` +
        `AND (abort_requested_at >= ? OR destruction_at <= ?) ORDER BY id LIMIT ${abortRequests}`;
      const values = [...unfinished, worker, since, new Date()];
      const found = await database.query(() => readOperations(database, condition, values));
      lastAbortPoll = polledAt;
      return found.map(toOperation);
    },
  };
}

/** Waits to be started by its client: a PENDING item of a batch waits for the batch. */
const pendingAlone = { phase: 'PENDING', batchId: null, datasetRole: null };

/** The parameters, which may change until it is QUEUED. */
type RequestRecord = Pick<
  OperationRecord,
  'create' | 'start' | 'createOnce' | 'revise' | 'begin' | 'endPending' | 'setDestruction'
>;

/** The part of the record that requests are written to. See `OperationRecord`. */
export function createRequestRecord(
  database: OperationDatabase,
  { insert, starts, changeAndRead, changeAndNotify, find, update, observers }: OperationStore,
  owner: RowOwner,
): RequestRecord {
  return {
    async create(operation) {
      const row = newRow(operation, owner);
      await insert(row);
      return toOperation(row);
    },

    start(operation) {
      const row = newRow({ ...operation, phase: 'EXECUTING' }, owner);
      const recorded = insert(row);
      starts.set(row.id, recorded);
      recorded.then(
        () => starts.delete(row.id),
        () => undefined,
      );
      return { operation: toOperation(row), recorded };
    },

    async createOnce(operation) {
      const row = newKeyedRow(operation, owner);
      const { idempotencyHash: hash } = row;
      const recorded = await insertOnce(row, database.query, {
        insert: () => insert(row),
        find: () => readOperations(database, 'WHERE idempotency_hash = ?', [hash]),
      });
      checkSameRequest(recorded, row);
      return { operation: toOperation(recorded), isNew: recorded.id === row.id };
    },

    async revise(id, asked) {
      return (await changeAndRead(id, pendingAlone, requestColumns(asked))).operation;
    },

    async begin(id) {
      const changes = { phase: 'QUEUED', worker: owner.queueOwner, heartbeatAt: new Date() };
      return (await changeAndNotify(id, pendingAlone, changes)) > 0;
    },

    async endPending(id, failure) {
      if ((await changeAndNotify(id, pendingAlone, failureChanges(failure))) === 0) return false;
      const operation = await find(id);
      if (operation) observers.ended(operation);
      return true;
    },

    async setDestruction(id, destructionAt) {
      await update({ id }, { destructionAt });
    },
  };
}
