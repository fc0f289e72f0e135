import * as z from 'zod';
import type { PageOrder } from './operation.ts';
import type { KeysetConditions } from './operationList.ts';
import type { OperationDatabase } from './operationTable.ts';

/** How many rows one page looks at: what both databases do within some tens of milliseconds. */
const rowsPerLook = 10_000;

const idsSchema = z.array(z.object({ id: z.string() }));

/** Where texts are looked for. */
const textColumns = ['local_path_on_storage', 'relative_path', 'username'];

/** What to look through, and how much may be found. */
interface Look {
  readonly where: KeysetConditions;
  readonly order: PageOrder;
  readonly limit: number;
}

/**
 * Finds the first rows that have a text, one more than the limit when there are so many, but looks at 10,000 rows at
 * most: no index serves for a text within another one. `lookedTo` is the last row looked at; null when it was the last
 * there is.
 */
export async function findText(
  database: OperationDatabase,
  text: string,
  { where, order, limit }: Look,
): Promise<{ readonly ids: readonly string[]; readonly lookedTo: string | null }> {
  const { sql, values } = conditionsInSql(where);
  const direction = order === 'newest' ? 'DESC' : 'ASC';
  const select = async (conditions: string, rows: string, more: readonly string[]) => {
    const statement = `SELECT id FROM staging_operations WHERE ${conditions} ORDER BY id ${direction} ${rows}`;
    const found = await database.$queryRawUnsafe(statement, ...values, ...more);
    return idsSchema.parse(found).map(({ id }) => id);
  };
  const [lookedTo] = await select(sql, `LIMIT 1 OFFSET ${rowsPerLook - 1}`, []);
  const hasText = textColumns.map((column) => `INSTR(LOWER(${column}), LOWER(?)) > 0`).join(' OR ');
  const isLookedAt = lookedTo === undefined ? '' : ` AND id ${order === 'newest' ? '>=' : '<='} ?`;
  const ids = await select(`${sql}${isLookedAt} AND (${hasText})`, `LIMIT ${limit + 1}`, [
    ...(lookedTo === undefined ? [] : [lookedTo]),
    ...textColumns.map(() => text),
  ]);
  return { ids, lookedTo: lookedTo ?? null };
}

/** The conditions as SQL, and the values of its `?` places. */
function conditionsInSql({ phase, method, username, id }: KeysetConditions) {
  const conditions: readonly [string, string | undefined][] = [
    ['status = ?', phase],
    ['method = ?', method],
    ['username = ?', username],
    ['id >= ?', id.gte],
    ['id > ?', id.gt],
    ['id < ?', id.lt],
  ];
  const given = conditions.filter((condition): condition is [string, string] => condition[1] !== undefined);
  return {
    sql: given.map(([sql]) => sql).join(' AND ') || '1 = 1',
    values: given.map(([, value]) => value),
  };
}
