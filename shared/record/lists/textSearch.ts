import { type Condition, type KeysetConditions, selectIds } from '../database/keyset.ts';
import type { TimeOrder } from '../database/pageOrder.ts';
import type { OperationDatabase } from '../database/tables.ts';

/** How many rows one page looks at: what both databases do within some tens of milliseconds. */
export const rowsPerScan = 10_000;

/** Where texts are looked for. */
const textColumns = ['local_path_on_storage', 'relative_path', 'username'];

/**
 * Finds the first rows that have a text, but looks at 10,000 rows at most: no index serves for a text within another
 * one. `scannedTo` is the last row looked at; undefined when that was the last there is.
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

/** That a row has a text. */
export function hasText(text: string): Condition {
  const columns = textColumns.map((column) => `INSTR(LOWER(${column}), LOWER(?)) > 0`);
  return { sql: `(${columns.join(' OR ')})`, values: columns.map(() => text) };
}
