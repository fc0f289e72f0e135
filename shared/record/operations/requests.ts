import { insertOnce } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { checkSameRequest } from '../idempotency.ts';
import type { OperationRecord } from '../operationRecord.ts';
import {
  failureChanges,
  newKeyedRow,
  newRow,
  type RowOwner,
  requestColumns,
  toOperation,
} from '../rows/operationRow.ts';
import type { OperationStore } from './operationStore.ts';

/** Waits to be started by its client: a PENDING item of a batch waits for the batch. */
const pendingAlone = { phase: 'PENDING', batchId: null, datasetRole: null };

/** The parameters, which may change until it is QUEUED. */
type RequestRecord = Pick<
  OperationRecord,
  'create' | 'createOnce' | 'revise' | 'begin' | 'endPending' | 'setDestruction'
>;

/** The part of the record that requests are written to. See `OperationRecord`. */
export function createRequestRecord(
  { stagingOperation: table, query }: OperationDatabase,
  { insert, changeAndRead, changeAndNotify, find, update, observers }: OperationStore,
  owner: RowOwner,
): RequestRecord {
  return {
    async create(operation) {
      const row = newRow(operation, owner);
      await insert(row);
      return toOperation(row);
    },

    async createOnce(operation) {
      const row = newKeyedRow(operation, owner);
      const where = { idempotencyHash: row.idempotencyHash };
      const recorded = await insertOnce(row, query, {
        insert: () => insert(row),
        find: () => table.findMany({ where, orderBy: { id: 'asc' }, take: 1 }),
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
