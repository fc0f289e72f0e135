import { makeCursor, parseCursor } from './cursor.ts';
import { fitText, textLimits } from './fitText.ts';
import { type KeysetConditions, readRows, selectIds } from './keyset.ts';
import type { OperationFilter, OperationPage, PageOrder, PageRequest } from './operation.ts';
import { smallestIdAt } from './operationId.ts';
import { toOperation } from './operationRow.ts';
import type { OperationDatabase } from './operationTable.ts';
import { findText } from './textSearch.ts';

/** One page of the operations that a filter lets through. @throws BODY_INVALID for a bad cursor */
export async function listOperations(
  database: OperationDatabase,
  filter: OperationFilter,
  { limit, cursor, order = 'newest' }: PageRequest,
): Promise<OperationPage> {
  const where = keysetConditions(filter, cursor === undefined ? undefined : parseCursor(cursor), order);
  // One more than asked for tells whether there is a next page.
  const which = { order, take: limit + 1 };
  const { ids, lookedTo } = filter.text
    ? await findText(database, fitText(filter.text, textLimits.path), { where, ...which })
    : { ids: await selectIds(database, where, which), lookedTo: undefined };
  const last = ids.length > limit ? ids[limit - 1] : lookedTo;
  const rows = await readRows(database, ids.slice(0, limit), order);
  return {
    // One may have gone on into another phase meanwhile.
    operations: rows.filter((row) => row.phase === (filter.phase ?? row.phase)).map(toOperation),
    nextCursor: last === undefined ? null : makeCursor(last),
  };
}

/** Texts are fitted as those of the rows are. */
function keysetConditions(
  { phase, method, username, batch, since, until, notDestroyedBy }: OperationFilter,
  after: string | undefined,
  order: PageOrder,
): KeysetConditions {
  const ends = [until && smallestIdAt(until), order === 'newest' ? after : undefined];
  const [lt] = ends.filter((id) => id !== undefined).sort();
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(method === undefined ? {} : { method: fitText(method, textLimits.method) }),
    ...(username === undefined ? {} : { username: fitText(username, textLimits.username) }),
    ...(batch === undefined ? {} : { batch }),
    ...(notDestroyedBy === undefined ? {} : { notDestroyedBy }),
    id: {
      ...(since === undefined ? {} : { gte: smallestIdAt(since) }),
      ...(order === 'oldest' && after !== undefined ? { gt: after } : {}),
      ...(lt === undefined ? {} : { lt }),
    },
  };
}
