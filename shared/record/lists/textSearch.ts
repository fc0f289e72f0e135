import { type Condition, type KeysetConditions, selectIds } from '../database/keyset.ts';
import type { TimeOrder } from '../database/pageOrder.ts';
import type { OperationDatabase } from '../database/tables.ts';

/** How many rows one page examines: both databases do that within some tens of milliseconds. */
export const rowsPerScan = 10_000;

/** The columns that are searched for texts. */
const textColumns = ['local_path_on_storage', 'relative_path', 'username'];

/**
 * Finds the first rows that contain a text, but examines at most 10,000 rows, because no index supports substring
 * search. `scannedTo` is the last row examined; undefined at the end of the list.
 */
export async function findText(
  database: OperationDatabase,
  text: string,
  { where, order, take }: { where: KeysetConditions; order: TimeOrder; take: number },
): Promise<{ readonly ids: readonly string[]; readonly scannedTo: string | undefined }> {
  const [scannedTo] = await selectIds(database, where, { order, take: 1, skip: rowsPerScan - 1 });
  const { sql, values } = hasText(text);
  const isScanned = scannedTo === undefined ? '' : ` AND id ${order === 'newest' ? '>=' : '<='} ?`;
  const also = {
    sql: `${sql}${isScanned}`,
    values: [...values, ...(scannedTo === undefined ? [] : [scannedTo])],
  };
  return { ids: await selectIds(database, where, { order, take, also }), scannedTo };
}

/** The condition that a row contains a text. */
export function hasText(text: string): Condition {
  const columns = textColumns.map((column) => `INSTR(LOWER(${column}), LOWER(?)) > 0`);
  return { sql: `(${columns.join(' OR ')})`, values: columns.map(() => text) };
}
