import type { Viewer } from '../../model/caller.ts';
import type { OperationFilter, OperationPage, PageRequest } from '../../model/operations/lists.ts';
import { makeCursor, makePlaceCursor, parseCursor, parsePlace, type Sorting, sortings } from '../cursor.ts';
import { isTimeOrder, readRows, type TimeOrder } from '../database/keyset.ts';
import type { OperationDatabase, ReadRow } from '../database/tables.ts';
import { toOperation } from '../rows/readOperations.ts';
import { findByTime, findByValue, type Search, searchOf, usersOf } from './search.ts';

/** A page, as rows in their order. */
type RowPage = Omit<OperationPage, 'operations'> & { readonly rows: readonly ReadRow[] };

/** One page of the operations that match a filter, and that the viewer may see. @throws BODY_INVALID for an invalid cursor */
export async function listOperations(
  database: OperationDatabase,
  filter: OperationFilter,
  { order = 'newest', ...page }: PageRequest,
  viewer: Viewer,
): Promise<OperationPage> {
  const search = searchOf({ ...filter, users: usersOf(filter.username, viewer) });
  const { rows, ...others } = isTimeOrder(order)
    ? await listByTime(database, search, { ...page, order })
    : await listByValue(database, search, { ...page, sorting: sortings[order] });
  return {
    // Its phase may have changed since its id was read.
    operations: rows.filter((row) => row.phase === (filter.phase ?? row.phase)).map(toOperation),
    ...others,
  };
}

async function listByTime(
  database: OperationDatabase,
  { where, also }: Search,
  { limit, cursor, order }: Omit<PageRequest, 'order'> & { readonly order: TimeOrder },
): Promise<RowPage> {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const id = after === undefined ? where.id : idsAfter(after, order, where.id);
  // One more than requested shows whether there is a next page.
  const { rows, scannedTo } = await findByTime(
    database,
    { where: { ...where, id }, also },
    { order, take: limit + 1 },
  );
  const last = rows.length > limit ? rows[limit - 1]?.id : scannedTo;
  return {
    rows: rows.slice(0, limit),
    nextCursor: last === undefined ? null : makeCursor(last),
    sortedSince: null,
  };
}

function idsAfter(
  id: string,
  order: TimeOrder,
  { lt, ...ids }: Search['where']['id'],
): Search['where']['id'] {
  if (order === 'oldest') return { ...ids, ...(lt !== undefined && { lt }), gt: id };
  return { ...ids, lt: lt !== undefined && lt < id ? lt : id };
}

async function listByValue(
  database: OperationDatabase,
  search: Search,
  { limit, cursor, sorting }: Omit<PageRequest, 'order'> & { readonly sorting: Sorting },
): Promise<RowPage> {
  const after = cursor === undefined ? undefined : parsePlace(cursor, sorting.key);
  const { places, since } = await findByValue(database, search, { sorting, after, take: limit + 1 });
  const last = places.length > limit ? places[limit - 1] : undefined;
  const ids = places.slice(0, limit).map(({ id }) => id);
  const rows = new Map((await readRows(database, ids, 'newest')).map((row) => [row.id, row]));
  return {
    rows: ids.flatMap((id) => rows.get(id) ?? []),
    nextCursor: last === undefined ? null : makePlaceCursor(last, sorting.key),
    sortedSince: since,
  };
}
