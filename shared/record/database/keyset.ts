import { chunksOf } from '../../model/chunks.ts';
import { placesOf } from '../rows/operationStatements.ts';
import { readOperations } from '../rows/readOperations.ts';
import type { TimeOrder } from './pageOrder.ts';
import type { OperationDatabase, OperationRow } from './tables.ts';

/** Conditions that a composite index answers, with the ids in order. */
export interface KeysetConditions {
  readonly phase?: string;
  readonly method?: string;
  /** Any of these. */
  readonly users?: readonly string[];
  readonly batch?: string;
  readonly data?: string;
  readonly notDestroyedBy?: Date;
  readonly id: { readonly gte?: string; readonly gt?: string; readonly lt?: string };
}

/** A condition in SQL, with the values for its `?` places. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number | Date)[];
}

/** How many ids, in which order, and a further condition that no index answers. */
export interface KeysetQuery {
  readonly order: TimeOrder;
  readonly take: number;
  readonly skip?: number;
  readonly also?: Condition;
}

/** How many rows one statement reads. */
const rowsPerRead = 500;

/** The ids of the rows that meet the conditions. */
export async function selectIds(
  database: OperationDatabase,
  where: KeysetConditions,
  { order, take, skip = 0, also }: KeysetQuery,
): Promise<readonly string[]> {
  const { sql, values } = whereAll([
    ...columnConditions(where),
    ...idConditions(where),
    ...(also ? [also] : []),
  ]);
  const statement =
    `SELECT id FROM staging_operations ${indexHint(where)}${sql}` +
    `ORDER BY id ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT ${take} OFFSET ${skip}`;
  return (await database.select(statement, values)).map(([id]) => String(id));
}

/** The rows of these ids, which are in this order. */
export async function readRows(
  database: OperationDatabase,
  ids: readonly string[],
  order: TimeOrder,
): Promise<OperationRow[]> {
  const rows: OperationRow[] = [];
  for (const some of chunksOf(ids, rowsPerRead)) {
    const condition = `WHERE id IN (${placesOf(some)}) ORDER BY id ${order === 'newest' ? 'DESC' : 'ASC'}`;
    rows.push(...(await readOperations(database, condition, some)));
  }
  return rows;
}

/**
 * A condition on columns other than the id. With a `+` before them none of their indexes is used, which SQLite has to
 * be told (https://www.sqlite.org/optoverview.html, "Disqualifying WHERE-clause terms"); MySQL ignores it.
 */
export function columnConditions(where: KeysetConditions, mark: '' | '+' = ''): readonly Condition[] {
  const { phase, method, users, batch, data, notDestroyedBy } = where;
  // Of two indexes that fit, SQLite would take any: the index of the data's state, or else that of the batch, is meant.
  const others = data === undefined ? mark : '+';
  return [
    ...given(`${others}status = ?`, phase),
    ...given(`${others}${compared('method', where)} = ?`, method),
    ...ofUsers(`${mark}${compared('username', where)}`, users),
    ...given(`${mark}batch_id = ?`, batch),
    ...given(`${batch === undefined ? mark : '+'}data_state = ?`, data),
    ...given('(destruction_at IS NULL OR destruction_at > ?)', notDestroyedBy),
  ];
}

/** The condition on the id, in the same way. */
export function idConditions({ id }: KeysetConditions, mark: '' | '+' = ''): readonly Condition[] {
  return [
    ...given(`${mark}id >= ?`, id.gte),
    ...given(`${mark}id > ?`, id.gt),
    ...given(`${mark}id < ?`, id.lt),
  ];
}

/** All conditions as a WHERE clause, or nothing. */
export function whereAll(conditions: readonly Condition[]): Condition {
  const texts = conditions.map(({ sql }) => sql);
  return {
    sql: texts.length > 0 ? `WHERE ${texts.join(' AND ')} ` : '',
    values: conditions.flatMap(({ values }) => values),
  };
}

/**
 * The columns of the equality conditions. All items of a batch have equal values in these, and SQLite would prefer the
 * index of a user, and read all operations of that user.
 */
function compared(column: 'method' | 'username', { batch }: KeysetConditions): string {
  return batch === undefined ? column : `COALESCE(${column}, '')`;
}

/**
 * MySQL must be told which index to use: several start with the same column, and where few rows seem to match it takes
 * any of them and sorts. SQLite chooses the right one, and sees the hint as a comment.
 */
export function indexHint({
  phase,
  method,
  users,
  batch,
  data,
}: Omit<KeysetConditions, 'id' | 'notDestroyedBy'>): string {
  if (batch !== undefined) return '/*! FORCE INDEX (staging_operations_batch_idx) */ ';
  if (data !== undefined) {
    return `/*! FORCE INDEX (staging_operations_data_state_${users === undefined ? '' : 'username_'}id_created_at_idx) */ `;
  }
  const columns = [phase && 'status', method !== undefined && 'method', users !== undefined && 'username'];
  const named = columns.filter(Boolean);
  if (named.length === 0) return '/*! FORCE INDEX (PRIMARY) */ ';
  return `/*! FORCE INDEX (staging_operations_${named.join('_')}_id_created_at_idx) */ `;
}

function given(sql: string, value: string | Date | undefined): readonly Condition[] {
  return value === undefined ? [] : [{ sql, values: [value] }];
}

/** An index answers one user in the order of the ids; the rows of several are sorted. */
function ofUsers(column: string, users: readonly string[] | undefined): readonly Condition[] {
  if (users === undefined) return [];
  if (users.length === 0) return [{ sql: '1 = 0', values: [] }];
  return [{ sql: users.length === 1 ? `${column} = ?` : `${column} IN (${placesOf(users)})`, values: users }];
}
