import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import { isOperationId } from '../../model/operationId.ts';
import { type Condition, readRows, selectRows } from '../database/keyset.ts';
import type { Patience } from '../database/query.ts';
import type { OperationDatabase, OperationRow, ReadRow } from '../database/tables.ts';
import {
  changedRow,
  insertStatement,
  type OperationChanges,
  type OperationConditions,
  type RowValues,
  updateStatement,
} from '../rows/operationStatements.ts';
import { readOperations, toOperation } from '../rows/readOperations.ts';
import { createOwnOperations, type OwnOperations, type UnfinishedPhase } from './ownOperations.ts';

/**
 * The table of operations, as all parts of the record read and change it. Every call throws StagingError
 * DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface OperationStore extends OwnOperations {
  find(id: string, patience?: Patience): Promise<Operation | null>;
  /** The existing ones, in any order. */
  findSome(ids: readonly string[]): Promise<Operation[]>;
  readonly readRows: ReadRows;
  /** The existing rows with these ids, in any order. */
  readSome(ids: readonly string[], patience?: Patience): Promise<ReadRow[]>;
  insert(row: OperationRow): Promise<void>;
  /** Changes the rows that meet the conditions; returns how many. For heartbeats: not reported as a change. */
  update(where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Like `update`, and visible to polls for changes. */
  change(where: OperationConditions, data: OperationChanges, patience?: Patience): Promise<number>;
  /** The same with values of their own for each row, by its id: one statement. */
  changeEach(rows: ReadonlyMap<string, RowValues>, where: OperationConditions): Promise<number>;
  /** Changes an operation if it meets the conditions, and then notifies the listeners of this process. */
  changeAndNotify(id: string, where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Changes an operation if it meets the conditions; returns its state, null if there is none. */
  readonly changeAndFind: ChangeOne<Operation | null>;
  /** The same. @throws OPERATION_NOT_FOUND */
  readonly changeAndRead: ChangeOne<Operation>;
  /** An operation that was changed; notifies the listeners. @throws OPERATION_NOT_FOUND */
  readAndNotify(id: string): Promise<Operation>;
}

type ChangeOne<Found> = (
  id: string,
  where: OperationConditions,
  data: OperationChanges,
  patience?: Patience,
) => Promise<{ readonly operation: Found; readonly isChanged: boolean }>;

/** How long after its start an operation is known without reading it, except for its end, in ms. */
const unchangedMs = 1000;

/** Access to the table of a database for a worker, with its own listeners. */
export function createOperationStore(database: OperationDatabase, worker: string): OperationStore {
  const { query } = database;
  const own = createOwnOperations(database, worker);
  const { remembered, remember, forget, isStartedWithin, notify, observers } = own;

  async function findRow(id: string, patience?: Patience): Promise<ReadRow | null> {
    if (!isOperationId(id)) return null;
    const [row] = await query(() => readOperations(database, 'WHERE id = ?', [id.toLowerCase()]), patience);
    return row ?? null;
  }

  function readSome(ids: readonly string[], patience?: Patience): Promise<ReadRow[]> {
    return query(() => readRows(database, ids, 'oldest'), patience);
  }

  function update(where: OperationConditions, data: OperationChanges, patience?: Patience): Promise<number> {
    const { id } = where;
    if (id !== undefined) forget(typeof id === 'string' ? [id] : id.in);
    const { sql, values } = updateStatement(where, data);
    const run = typeof id === 'string' ? database.write : database.execute;
    return query(() => run(sql, values), patience);
  }

  function change(where: OperationConditions, data: OperationChanges, patience?: Patience): Promise<number> {
    return update(where, asChange(data), patience);
  }

  const changeAndFind: ChangeOne<Operation | null> = async (id, where, data, patience) => {
    const changes = asChange(data);
    const before = remembered(id);
    // It has the cached revision, or has just started, which no other process changes.
    const isKnown = where.revision === before?.revision || isStartedWithin(id, unchangedMs);
    const isChanged = (await update({ ...where, id }, changes, patience)) === 1;
    if (isChanged && before && isKnown) return { isChanged, operation: notify(changedRow(before, changes)) };
    const row = await findRow(id, patience);
    return { isChanged, operation: row && notify(row) };
  };

  async function readAndNotify(id: string): Promise<Operation> {
    const row = await findRow(id);
    if (!row) throw new StagingError('OPERATION_NOT_FOUND', { id });
    return notify(row);
  }

  return {
    ...own,

    async find(id, patience) {
      const row = await findRow(id, patience);
      // The cached row is newer than a slow answer.
      if (row && !remembered(row.id)) remember(row);
      return row && toOperation(row);
    },

    update,
    change,
    readAndNotify,

    async changeEach(rows, where) {
      const ids = [...rows.keys()];
      // By their ids, so that no index range of other workers is locked in InnoDB.
      const { sql, values } = updateStatement({ id: { in: ids }, ...where }, asChange({}), rows);
      const count = await query(() => database.execute(sql, values));
      forget(ids);
      return count;
    },

    async insert(row) {
      const { sql, values } = insertStatement([row]);
      await query(() => database.write(sql, values));
      if (row.phase !== 'EXECUTING') remember(row);
      else observers.started(notify(row));
    },

    readSome,

    findSome: async (ids) => (await readSome(ids)).map(toOperation),

    readRows: ({ after = '', ...where }, also, take) =>
      query(() => selectRows(database, { ...where, id: { gt: after } }, { order: 'oldest', take, also })),

    async changeAndNotify(id, where, data) {
      const count = await change({ ...where, id }, data);
      if (count > 0) await readAndNotify(id);
      return count;
    },

    changeAndFind,

    async changeAndRead(id, where, data, patience) {
      const { operation, isChanged } = await changeAndFind(id, where, data, patience);
      if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
      return { operation, isChanged };
    },
  };
}

/** With the columns that make it visible to polls for changes. */
function asChange(data: OperationChanges): OperationChanges {
  return { ...data, updatedAt: new Date(), revision: { increment: 1 } };
}

/** Reads unfinished rows that meet further conditions, in the order of their ids, oldest first. */
export type ReadRows = (
  where: { readonly phase: UnfinishedPhase; readonly worker?: string; readonly after?: string },
  also: readonly Condition[],
  take: number,
) => Promise<ReadRow[]>;
