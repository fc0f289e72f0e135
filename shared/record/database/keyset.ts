import { chunksOf } from '../../model/chunks.ts';
import type { Phase } from '../../model/operation.ts';
import type { PageOrder } from '../../model/operations/lists.ts';
import { placesOf } from '../rows/operationStatements.ts';
import { readOperations } from '../rows/readOperations.ts';
import type { OperationDatabase, ReadRow } from './tables.ts';

/** By the time of the request, as the ids sort. */
export type TimeOrder = Extract<PageOrder, 'newest' | 'oldest'>;

/** Whether an order is by time. */
export function isTimeOrder(order: PageOrder): order is TimeOrder {
  return order === 'newest' || order === 'oldest';
}

/** Conditions that an index answers, in the order of the ids. */
export interface KeysetConditions {
  readonly phase?: UncompletedPhase;
  /** Besides the phase. */
  readonly worker?: string;
  /** Any of these. */
  readonly users?: readonly string[];
  readonly batch?: { readonly id: string; readonly phase?: Phase };
  readonly data?: string;
  /** The one that no index answers: nearly all rows match it. */
  readonly notDestroyedBy?: Date;
  readonly id: { readonly gte?: string; readonly gt?: string; readonly lt?: string };
}

/** Most operations are COMPLETED, so an index would find them no sooner than the list of all. */
type UncompletedPhase = Exclude<Phase, 'COMPLETED'>;

/** A condition in SQL, with the values for its `?` places. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number | Date)[];
}

/** The number of rows, their order, and further conditions that no index answers. */
export interface KeysetQuery {
  readonly order: TimeOrder;
  readonly take: number;
  readonly skip?: number;
  readonly also?: readonly Condition[];
}

/** How many rows one statement reads. */
const rowsPerRead = 500;

/** The ids of the rows that meet the conditions. */
export async function selectIds(
  database: OperationDatabase,
  where: KeysetConditions,
  query: KeysetQuery,
): Promise<readonly string[]> {
  const { sql, values } = pageOf(where, query);
  const rows = await database.select(`SELECT id FROM staging_operations ${sql}`, values);
  return rows.map(([id]) => String(id));
}

/** The rows that meet the conditions. */
export async function selectRows(
  database: OperationDatabase,
  where: KeysetConditions,
  query: KeysetQuery,
): Promise<ReadRow[]> {
  const { users, batch } = where;
  const isInOrder = (users?.length ?? 1) <= 1 && (batch === undefined || batch.phase !== undefined);
  // Rows that must be sorted are long: their ids are sorted first.
  if (!isInOrder) return readRows(database, await selectIds(database, where, query), query.order);
  const { sql, values } = pageOf(where, query);
  return readOperations(database, sql, values);
}

function pageOf(where: KeysetConditions, { order, take, skip = 0, also = [] }: KeysetQuery): Condition {
  const { sql, values } = whereAll([...conditionsOf(where), ...also]);
  const direction = order === 'newest' ? 'DESC' : 'ASC';
  return { sql: `${indexHint(where)}${sql}ORDER BY id ${direction} LIMIT ${take} OFFSET ${skip}`, values };
}

/** The rows with these ids, in this order. */
export async function readRows(
  database: OperationDatabase,
  ids: readonly string[],
  order: TimeOrder,
): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for (const some of chunksOf(ids, rowsPerRead)) {
    const condition = `WHERE id IN (${placesOf(some)}) ORDER BY id ${order === 'newest' ? 'DESC' : 'ASC'}`;
    rows.push(...(await readOperations(database, condition, some)));
  }
  return rows;
}

/** The conditions in SQL. */
export function conditionsOf(where: KeysetConditions): readonly Condition[] {
  const { phase, worker, users, batch, data, notDestroyedBy, id } = where;
  return [
    ...given('status = ?', phase),
    // A partial index of SQLite is used for statements that exclude the same rows explicitly.
    ...(phase === undefined ? [] : [{ sql: notCompleted, values: [] }]),
    ...given('worker = ?', worker),
    ...ofUsers('username', users),
    ...given('batch_id = ?', batch?.id),
    ...given('status = ?', batch?.phase),
    ...given('data_state = ?', data),
    ...given('(destruction_at IS NULL OR destruction_at > ?)', notDestroyedBy),
    ...given('id >= ?', id.gte),
    ...given('id > ?', id.gt),
    ...given('id < ?', id.lt),
  ];
}

/** The condition of SQLite's partial indexes by phase. */
export const notCompleted = "status <> 'COMPLETED'";

/** All conditions as a WHERE clause, or nothing. */
export function whereAll(conditions: readonly Condition[]): Condition {
  const texts = conditions.map(({ sql }) => sql);
  return {
    sql: texts.length > 0 ? `WHERE ${texts.join(' AND ')} ` : '',
    values: conditions.flatMap(({ values }) => values),
  };
}

/**
 * MySQL needs a hint: several start with the same column, and if few rows seem to match it uses any
 * of them and sorts. SQLite chooses the right one, and treats the hint as a comment.
 */
export function indexHint({ phase, worker, users, batch, data }: Omit<KeysetConditions, 'id'>): string {
  if (batch !== undefined) return '/*! FORCE INDEX (staging_operations_batch_idx) */ ';
  const columns = [
    data !== undefined && 'data_state',
    phase !== undefined && 'status',
    worker !== undefined && 'worker',
    users !== undefined && 'username',
  ].filter(Boolean);
  if (columns.length === 0) return '/*! FORCE INDEX (PRIMARY) */ ';
  return `/*! FORCE INDEX (staging_operations_${columns.join('_')}_id_created_at_idx) */ `;
}

/** A condition, if there is a value for it. */
export function given(sql: string, value: string | Date | undefined): readonly Condition[] {
  return value === undefined ? [] : [{ sql, values: [value] }];
}

/** An index returns one user's rows in the order of the ids; the rows of several are sorted. */
export function ofUsers(column: string, users: readonly string[] | undefined): readonly Condition[] {
  if (users === undefined) return [];
  if (users.length === 0) return [{ sql: '1 = 0', values: [] }];
  return [{ sql: users.length === 1 ? `${column} = ?` : `${column} IN (${placesOf(users)})`, values: users }];
}
