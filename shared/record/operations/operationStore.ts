import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import { isOperationId } from '../../model/operationId.ts';
import { type Condition, readRows, selectRows } from '../database/keyset.ts';
import type { Patience } from '../database/query.ts';
import type { OperationDatabase, OperationRow, ReadRow } from '../database/tables.ts';
import type { OperationObserver } from '../operationRecord.ts';
import {
  changedRow,
  insertRowStatement,
  type OperationChanges,
  type OperationConditions,
  updateStatement,
} from '../rows/operationStatements.ts';
import { readOperations, toOperation } from '../rows/readOperations.ts';

/** The phases in which an operation has an owner. */
export const unfinished = ['EXECUTING', 'QUEUED'] as const;

export type UnfinishedPhase = (typeof unfinished)[number];

/**
 * The table of operations, as all parts of the record read and change it. Every call throws StagingError
 * DATABASE_UNAVAILABLE when the database does not answer.
 */
export interface OperationStore {
  find(id: string, patience?: Patience): Promise<Operation | null>;
  /** The existing ones, in any order. */
  findSome(ids: readonly string[]): Promise<Operation[]>;
  readonly readRows: ReadRows;
  /** The existing rows with these ids, in any order. */
  readSome(ids: readonly string[], patience?: Patience): Promise<ReadRow[]>;
  /** Notifies the listeners of a row that this process has changed, and caches it. */
  notify(row: ReadRow): Operation;
  insert(row: OperationRow): Promise<void>;
  /** The insertions of operations that already run; failed ones until the operations have ended. */
  readonly starts: Map<string, Promise<void>>;
  /** Changes the rows that meet the conditions; returns how many. For heartbeats: not reported as a change. */
  update(where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Like `update`, and visible to polls for changes. */
  change(where: OperationConditions, data: OperationChanges, patience?: Patience): Promise<number>;
  /** Changes an operation if it meets the conditions, and then notifies the listeners of this process. */
  changeAndNotify(id: string, where: OperationConditions, data: OperationChanges): Promise<number>;
  /** Changes an operation if it meets the conditions; returns its state. */
  changeAndFind(
    id: string,
    where: OperationConditions,
    data: OperationChanges,
    patience?: Patience,
  ): Promise<{ readonly operation: Operation | null; readonly isChanged: boolean }>;
  /** The same. @throws OPERATION_NOT_FOUND */
  changeAndRead(
    id: string,
    where: OperationConditions,
    data: OperationChanges,
    patience?: Patience,
  ): Promise<{ readonly operation: Operation; readonly isChanged: boolean }>;
  /** An operation as this process has written it, if that was in this phase. */
  remembered(id: string, phase: UnfinishedPhase): ReadRow | undefined;
  /** Caches a row as this process knows it. */
  remember(row: ReadRow): Operation;
  /** When the operations that this worker claimed early and has not ended have started. */
  readonly claimStarts: Map<string, { readonly startedAt: Date; isRecorded: boolean }>;
  /** To be called when this process has finished with an operation. */
  leave(id: string): void;
  /** An operation that was changed; notifies the listeners. @throws OPERATION_NOT_FOUND */
  readAndNotify(id: string): Promise<Operation>;
  /** Whether this worker started the operation less than this time ago, in ms, and has not ended it. */
  isStartedWithin(id: string, ms: number): boolean;
  /** To be called when operations were changed by other statements. */
  forget(ids: Iterable<string>): void;
  emitPhase(operation: Operation): void;
  /** Notifies all observers. */
  readonly observers: Pick<OperationObserver, 'started' | 'ended'>;
  observe(observer: OperationObserver): void;
  /** See `OperationRecord`. */
  onPhase(listener: (operation: Operation) => void): () => void;
}

/** How many of the operations that this worker has recorded or started last are cached in that state. */
const rowsRemembered = 1000;

/** How long after its start an operation is known without reading it, except for its end, in ms. */
const unchangedMs = 1000;

/** Access to the table of a database for a worker, with its own listeners. */
export function createOperationStore(database: OperationDatabase, worker: string): OperationStore {
  const { query } = database;
  const phaseListeners = new Set<(operation: Operation) => void>();
  const remembered = new Map<string, ReadRow>();
  const observers: OperationObserver[] = [];
  const claimStarts: OperationStore['claimStarts'] = new Map();

  async function findRow(id: string, patience?: Patience): Promise<ReadRow | null> {
    if (!isOperationId(id)) return null;
    const [row] = await query(() => readOperations(database, 'WHERE id = ?', [id.toLowerCase()]), patience);
    return row ?? null;
  }

  async function find(id: string, patience?: Patience): Promise<Operation | null> {
    const row = await findRow(id, patience);
    // The cached row is newer than a slow answer.
    if (row && !remembered.has(row.id)) remember(row);
    return row && toOperation(row);
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

  const changeAndFind: OperationStore['changeAndFind'] = async (id, where, data, patience) => {
    const changes = asChange(data);
    const before = remembered.get(id);
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

  /** Caches a written row, as long as it is this worker's, or queued. */
  function remember(row: ReadRow): void {
    remembered.delete(row.id);
    const isOurs = row.worker === worker || (row.worker === null && row.phase === 'QUEUED');
    if (isOurs && unfinished.some((phase) => phase === row.phase)) remembered.set(row.id, row);
    const [oldest] = remembered.keys();
    if (oldest !== undefined && remembered.size > rowsRemembered) remembered.delete(oldest);
  }

  function notify(row: ReadRow): Operation {
    remember(row);
    const operation = toOperation(row);
    emitPhase(operation);
    return operation;
  }

  function forget(ids: Iterable<string>): void {
    for (const id of ids) remembered.delete(id);
  }

  function isStartedWithin(id: string, ms: number): boolean {
    const ageMs = Date.now() - (remembered.get(id)?.startedAt?.getTime() ?? 0);
    return ageMs >= 0 && ageMs < ms;
  }

  function emitPhase(operation: Operation): void {
    for (const emit of phaseListeners) emit(operation);
  }

  return {
    find,
    update,
    change,
    readAndNotify,
    isStartedWithin,
    notify,
    emitPhase,
    forget,
    observers: {
      started(operation) {
        for (const observer of observers) observer.started(operation);
      },
      ended(operation) {
        for (const observer of observers) observer.ended(operation);
      },
    },

    observe(observer) {
      observers.push(observer);
      database.onUnavailable(observer.databaseUnavailable);
    },

    starts: new Map(),

    async insert(row) {
      const { sql, values } = insertRowStatement(row);
      await query(() => database.write(sql, values));
      if (row.phase !== 'EXECUTING') return remember(row);
      const operation = notify(row);
      for (const { started } of observers) started(operation);
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

    remembered(id, phase) {
      const row = remembered.get(id);
      return row?.phase === phase ? row : undefined;
    },

    remember(row) {
      remember(row);
      return toOperation(row);
    },

    claimStarts,

    leave(id) {
      claimStarts.delete(id);
      for (const observer of observers) observer.left(id);
    },

    onPhase(listener) {
      phaseListeners.add(listener);
      return () => void phaseListeners.delete(listener);
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
