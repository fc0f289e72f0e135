import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import { isOperationId } from '../../model/operationId.ts';
import { readRows, selectIds } from '../database/keyset.ts';
import { query } from '../database/query.ts';
import type {
  OperationChanges,
  OperationConditions,
  OperationDatabase,
  OperationRow,
} from '../database/tables.ts';
import { toOperation } from '../rows/operationRow.ts';

/** The phases in which an operation has an owner. */
export const unfinished = ['EXECUTING', 'QUEUED'];

/**
 * The table of operations, as all parts of the record read and change it. Every call throws StagingError
 * DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface OperationStore {
  find(id: string): Promise<Operation | null>;
  /** Those that exist, in any order. */
  findSome(ids: readonly string[]): Promise<Operation[]>;
  readonly readRows: ReadRows;
  /** Changes the rows that meet the conditions; returns how many. For heartbeats: not reported as a change. */
  update(where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Like `update`, but polls for changes see it. */
  change(where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Changes an operation if it meets the conditions, and then notifies the listeners of this process. */
  changeAndNotify(id: string, where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Changes an operation if it meets the conditions; returns the new state. @throws OPERATION_NOT_FOUND */
  changeAndRead(id: string, where: OperationConditions, data: OperationChanges): Promise<Operation>;
  /** An operation that was changed; notifies the listeners. @throws OPERATION_NOT_FOUND */
  readAndNotify(id: string): Promise<Operation>;
  emitPhase(operation: Operation): void;
  /** See `OperationRecord`. */
  onPhase(listener: (operation: Operation) => void): () => void;
}

/** Access to the table of a database, with its own listeners. */
export function createOperationStore(database: OperationDatabase): OperationStore {
  const table = database.stagingOperation;
  const phaseListeners = new Set<(operation: Operation) => void>();

  async function find(id: string): Promise<Operation | null> {
    if (!isOperationId(id)) return null;
    const row = await query(() => table.findUnique({ where: { id: id.toLowerCase() } }));
    return row && toOperation(row);
  }

  async function update(where: OperationConditions, data: OperationChanges): Promise<number> {
    return (await query(() => table.updateMany({ where, data }))).count;
  }

  function change(where: OperationConditions, data: OperationChanges): Promise<number> {
    return update(where, { ...data, updatedAt: new Date(), revision: { increment: 1 } });
  }

  async function readAndNotify(id: string): Promise<Operation> {
    const operation = await find(id);
    if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
    emitPhase(operation);
    return operation;
  }

  function emitPhase(operation: Operation): void {
    for (const emit of phaseListeners) emit(operation);
  }

  return {
    find,
    update,
    change,
    readAndNotify: readAndNotify,
    emitPhase: emitPhase,

    async findSome(ids) {
      return (await query(() => readRows(database, ids, 'oldest'))).map(toOperation);
    },

    readRows: ({ phase, after = '' }, also, take) =>
      query(async () => {
        const ids = await selectIds(database, { phase, id: { gt: after } }, { order: 'oldest', take, also });
        return readRows(database, ids, 'oldest');
      }),

    async changeAndNotify(id, where, data) {
      const count = await change({ ...where, id }, data);
      if (count > 0) await readAndNotify(id);
      return count;
    },

    async changeAndRead(id, where, data) {
      await change({ ...where, id }, data);
      return readAndNotify(id);
    },

    onPhase(listener) {
      phaseListeners.add(listener);
      return () => void phaseListeners.delete(listener);
    },
  };
}

/** Reads rows of a phase that meet one more condition, in the order of their ids, oldest first. */
export type ReadRows = (
  where: { readonly phase: string; readonly after?: string },
  also: { readonly sql: string; readonly values: readonly (string | Date)[] },
  take: number,
) => Promise<OperationRow[]>;
