import type { Viewer } from '../../model/caller.ts';
import type { OperationFilter, OperationPage, PageRequest } from '../../model/operation.ts';
import { smallestIdAt } from '../../model/operationId.ts';
import { makeCursor, makePlaceCursor, parseCursor, parsePlace } from '../cursor.ts';
import { type KeysetConditions, readRows, selectIds } from '../database/keyset.ts';
import { isTimeOrder, type Sorting, sortings, type TimeOrder } from '../database/pageOrder.ts';
import type { OperationDatabase, OperationRow } from '../database/tables.ts';
import { textLimits, truncateText } from '../database/truncateText.ts';
import { toOperation } from '../rows/operationRow.ts';
import { usersOf } from '../viewedUsers.ts';
import { findSorted } from './sortedSearch.ts';
import { findText } from './textSearch.ts';

/** The rows of a page in their order, and its `nextCursor`. */
interface RowPage {
  readonly rows: readonly OperationRow[];
  readonly nextCursor: string | null;
}

/** A filter, and the users whose operations are wanted; undefined for everybody's. */
type WantedOperations = OperationFilter & { readonly users: readonly string[] | undefined };

/** One page of the operations that match a filter, and that the viewer may see. @throws BODY_INVALID for an invalid cursor */
export async function listOperations(
  database: OperationDatabase,
  filter: OperationFilter,
  { order = 'newest', ...page }: PageRequest,
  viewer: Viewer,
): Promise<OperationPage> {
  const users = usersOf(filter.username, viewer);
  const wanted = { ...filter, users };
  const { rows, nextCursor } = isTimeOrder(order)
    ? await listByTime(database, wanted, { ...page, order })
    : await listByValue(database, wanted, { ...page, sorting: sortings[order] });
  return {
    // Its phase may have changed since the ids were read.
    operations: rows.filter((row) => row.phase === (filter.phase ?? row.phase)).map(toOperation),
    nextCursor,
  };
}

async function listByTime(
  database: OperationDatabase,
  filter: WantedOperations,
  { limit, cursor, order }: Omit<PageRequest, 'order'> & { readonly order: TimeOrder },
): Promise<RowPage> {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const where = keysetConditions(filter, after === undefined ? {} : { [order]: after });
  // One more than requested shows whether there is a next page.
  const which = { order, take: limit + 1 };
  const { ids, scannedTo } = filter.text
    ? await findText(database, truncateText(filter.text, textLimits.path), { where, ...which })
    : { ids: await selectIds(database, where, which), scannedTo: undefined };
  const last = ids.length > limit ? ids[limit - 1] : scannedTo;
  return {
    rows: await readRows(database, ids.slice(0, limit), order),
    nextCursor: last === undefined ? null : makeCursor(last),
  };
}

async function listByValue(
  database: OperationDatabase,
  filter: WantedOperations,
  { limit, cursor, sorting }: Omit<PageRequest, 'order'> & { readonly sorting: Sorting },
): Promise<RowPage> {
  const { places, scannedTo } = await findSorted(database, {
    sorting,
    where: keysetConditions(filter),
    text: filter.text ? truncateText(filter.text, textLimits.path) : undefined,
    after: cursor === undefined ? undefined : parsePlace(cursor, sorting.key),
    take: limit + 1,
  });
  const last = places.length > limit ? places[limit - 1] : scannedTo;
  const ids = places.slice(0, limit).map(({ id }) => id);
  const rows = new Map((await readRows(database, ids, 'newest')).map((row) => [row.id, row]));
  return {
    rows: ids.flatMap((id) => rows.get(id) ?? []),
    nextCursor: last === undefined ? null : makePlaceCursor(last, sorting.key),
  };
}

/** Texts are truncated like those of the rows. */
function keysetConditions(
  { phase, method, users, batch, data, since, until, notDestroyedBy }: WantedOperations,
  after: { readonly newest?: string; readonly oldest?: string } = {},
): KeysetConditions {
  const ends = [until && smallestIdAt(until), after.newest];
  const [lt] = ends.filter((id) => id !== undefined).sort();
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(method === undefined ? {} : { method: truncateText(method, textLimits.method) }),
    ...(users === undefined ? {} : { users }),
    ...(batch === undefined ? {} : { batch }),
    ...(data === undefined ? {} : { data }),
    ...(notDestroyedBy === undefined ? {} : { notDestroyedBy }),
    id: {
      ...(since === undefined ? {} : { gte: smallestIdAt(since) }),
      ...(after.oldest === undefined ? {} : { gt: after.oldest }),
      ...(lt === undefined ? {} : { lt }),
    },
  };
}
