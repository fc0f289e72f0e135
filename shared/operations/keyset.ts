import * as z from 'zod';
import type { PageOrder } from './operation.ts';
import type { OperationDatabase, OperationRow } from './operationTable.ts';

/** What the columns answer by themselves, in the order of the ids, off the index that is made for these conditions. */
export interface KeysetConditions {
  readonly phase?: string;
  readonly method?: string;
  readonly username?: string;
  readonly batch?: string;
  readonly notDestroyedBy?: Date;
  readonly id: { readonly gte?: string; readonly gt?: string; readonly lt?: string };
}

/** How many ids, in which order, and a condition more that no index answers. */
export interface KeysetQuery {
  readonly order: PageOrder;
  readonly take: number;
  readonly skip?: number;
  readonly also?: { readonly sql: string; readonly values: readonly (string | Date)[] };
}

const idsSchema = z.array(z.object({ id: z.string() }));

/** The ids of the rows that meet the conditions. */
export async function selectIds(
  database: OperationDatabase,
  where: KeysetConditions,
  { order, take, skip = 0, also }: KeysetQuery,
): Promise<readonly string[]> {
  const conditions: readonly [string, string | Date | undefined][] = [
    ['status = ?', where.phase],
    [`${compared('method', where)} = ?`, where.method],
    [`${compared('username', where)} = ?`, where.username],
    ['batch_id = ?', where.batch],
    ['(destruction_at IS NULL OR destruction_at > ?)', where.notDestroyedBy],
    ['id >= ?', where.id.gte],
    ['id > ?', where.id.gt],
    ['id < ?', where.id.lt],
  ];
  const given = conditions.filter(
    (condition): condition is [string, string | Date] => condition[1] !== undefined,
  );
  const texts = [...given.map(([sql]) => sql), ...(also ? [also.sql] : [])];
  const statement =
    `SELECT id FROM staging_operations ${indexHint(where)}${texts.length > 0 ? 'WHERE ' : ''}${texts.join(' AND ')} ` +
    `ORDER BY id ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT ${take} OFFSET ${skip}`;
  const values = [...given.map(([, value]) => value), ...(also?.values ?? [])];
  const found = idsSchema.parse(await database.$queryRawUnsafe(statement, ...values));
  return found.map(({ id }) => id);
}

/** These rows, in this order. */
export async function readRows(
  database: OperationDatabase,
  ids: readonly string[],
  order: PageOrder,
): Promise<OperationRow[]> {
  if (ids.length === 0) return [];
  const orderBy = { id: order === 'newest' ? 'desc' : 'asc' } as const;
  return database.stagingOperation.findMany({ where: { id: { in: [...ids] } }, orderBy, take: ids.length });
}

/**
 * What a column is compared by. All items of a batch are alike in these, and SQLite would take the index of a user for
 * the better one, and read all that the user ever asked for.
 */
function compared(column: 'method' | 'username', { batch }: KeysetConditions): string {
  return batch === undefined ? column : `COALESCE(${column}, '')`;
}

/**
 * MySQL must be told which index: several begin with the same column, and where few rows seem to meet the conditions
 * it takes any of them and sorts. SQLite finds the right one, and to it the hint is a comment.
 */
export function indexHint({
  phase,
  method,
  username,
  batch,
}: Omit<KeysetConditions, 'id' | 'notDestroyedBy'>): string {
  if (batch !== undefined) return '/*! FORCE INDEX (staging_operations_batch_idx) */ ';
  const columns = [phase && 'status', method !== undefined && 'method', username !== undefined && 'username'];
  const given = columns.filter(Boolean);
  if (given.length === 0) return '/*! FORCE INDEX (PRIMARY) */ ';
  return `/*! FORCE INDEX (staging_operations_${given.join('_')}_id_created_at_idx) */ `;
}
