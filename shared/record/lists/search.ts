import type { Viewer } from '../../model/caller.ts';
import { smallestIdAt, timeOfId } from '../../model/operationId.ts';
import type { OperationFilter } from '../../model/operations/lists.ts';
import type { Place, Sorting } from '../cursor.ts';
import {
  type Condition,
  conditionsOf,
  given,
  indexHint,
  type KeysetConditions,
  ofUsers,
  selectIds,
  selectRows,
  type TimeOrder,
  whereAll,
} from '../database/keyset.ts';
import { type OperationDatabase, type ReadRow, textLimits, truncateText } from '../database/tables.ts';

/** How many rows one page examines: both databases take some tens of milliseconds for that. */
const rowsPerScan = 10_000;

/** The columns that are searched for texts. */
const textColumns = ['local_path_on_storage', 'relative_path', 'username'];

/** What to find: the rows of an index that also meet other conditions. */
export interface Search {
  readonly where: KeysetConditions;
  /** The conditions for which rows are examined. */
  readonly also: readonly Condition[];
}

/** A filter, and the requested users; undefined for everybody's. */
export type WantedOperations = OperationFilter & { readonly users: readonly string[] | undefined };

/**
 * The users whose rows a list may contain, among the requested ones; undefined for everybody's. Names are truncated as
 * in rows.
 */
export function usersOf(asked: string | undefined, { usernames }: Viewer): readonly string[] | undefined {
  const wanted = asked === undefined ? undefined : truncateText(asked, textLimits.username);
  if (usernames === 'all') return wanted === undefined ? undefined : [wanted];
  return wanted === undefined ? usernames : usernames.filter((name) => name === wanted);
}

/** The search for a filter. Texts are truncated like those of the rows. */
export function searchOf(filter: WantedOperations): Search {
  const { phase, method, users, batch, data, since, until, notDestroyedBy, text } = filter;
  const ids = {
    ...(since && { gte: smallestIdAt(since) }),
    ...(until && { lt: smallestIdAt(until) }),
  };
  const rest = { ...(notDestroyedBy && { notDestroyedBy }), id: ids };
  const isMethod = method === undefined ? [] : given('method = ?', truncateText(method, textLimits.method));
  const also = [...isMethod, ...(text ? [hasText(truncateText(text, textLimits.path))] : [])];
  // With a + in front, SQLite does not consider a column's index (https://www.sqlite.org/optoverview.html,
  // "Disqualifying WHERE-clause terms"); MySQL ignores it.
  const isPhase = given('+status = ?', phase);
  if (batch !== undefined) {
    const where = { batch: { id: batch, ...(phase && { phase }) }, ...rest };
    return { where, also: [...also, ...ofUsers('+username', users), ...given('+data_state = ?', data)] };
  }
  const ofThese = users && { users };
  if (data !== undefined) return { where: { data, ...ofThese, ...rest }, also: [...also, ...isPhase] };
  if (phase === 'COMPLETED') return { where: { ...ofThese, ...rest }, also: [...also, ...isPhase] };
  return { where: { ...(phase && { phase }), ...ofThese, ...rest }, also };
}

/**
 * The first rows by time. If rows are examined, at most 10,000 are: `scannedTo` is the last of them, and
 * undefined at the end of the list.
 */
export async function findByTime(
  database: OperationDatabase,
  { where, also }: Search,
  { order, take }: { readonly order: TimeOrder; readonly take: number },
): Promise<{ readonly rows: readonly ReadRow[]; readonly scannedTo: string | undefined }> {
  if (also.length === 0)
    return { rows: await selectRows(database, where, { order, take }), scannedTo: undefined };
  const [scannedTo] = await selectIds(database, where, { order, take: 1, skip: rowsPerScan - 1 });
  const isScanned = given(`id ${order === 'newest' ? '>=' : '<='} ?`, scannedTo);
  return {
    rows: await selectRows(database, where, { order, take, also: [...also, ...isScanned] }),
    scannedTo,
  };
}

/** A sorted list, and the position before the first wanted row of it. */
interface SortedPage {
  readonly sorting: Sorting;
  readonly after: Place | undefined;
  readonly take: number;
}

/**
 * The first rows by a value, for which there is no index: among the newest 10,000, and those of the same millisecond as
 * the last of these. `since` is that time; null if there are no others.
 */
export async function findByValue(
  database: OperationDatabase,
  { where, also }: Search,
  { sorting: { column, isDescending }, after, take }: SortedPage,
): Promise<{ readonly places: readonly Place[]; readonly since: Date | null }> {
  const [beyond] = await selectIds(database, where, { order: 'newest', take: 1, skip: rowsPerScan });
  const since = beyond === undefined ? null : timeOfId(beyond);
  const sorted = since ? { ...where, id: { ...where.id, gte: smallestIdAt(since) } } : where;
  const direction = isDescending ? 'DESC' : 'ASC';
  const { sql, values } = whereAll([
    ...conditionsOf(sorted),
    ...also,
    ...isAfter(after, column, isDescending ? '<' : '>'),
  ]);
  const statement =
    `SELECT id, ${column} FROM staging_operations ${indexHint(where)}${sql}` +
    `ORDER BY ${column} IS NULL, ${column} ${direction}, id ${direction} LIMIT ${take}`;
  const rows = await database.select(statement, values);
  const places = rows.map(([id, value]) => ({
    id: String(id),
    value: value === null ? null : Number(value),
  }));
  return { places, since };
}

/** The condition that a row comes after a position: rows without the value come last. */
function isAfter(place: Place | undefined, column: string, beyond: '<' | '>'): readonly Condition[] {
  if (!place) return [];
  const { id, value } = place;
  if (value === null) return [{ sql: `${column} IS NULL AND id ${beyond} ?`, values: [id] }];
  const sql = `(${column} IS NULL OR ${column} ${beyond} ? OR (${column} = ? AND id ${beyond} ?))`;
  return [{ sql, values: [value, value, id] }];
}

/** The condition that a row contains a text, which no index can find. */
function hasText(text: string): Condition {
  const columns = textColumns.map((column) => `INSTR(LOWER(${column}), LOWER(?)) > 0`);
  return { sql: `(${columns.join(' OR ')})`, values: columns.map(() => text) };
}
